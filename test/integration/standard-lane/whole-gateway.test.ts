// The lane is `auto` where a test says nothing, and plain requests take the express lane then. Here those tests that depend
// on the lane are run once more on the standard lane, which is the reference.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');

const integration = ['requests', 'responses', 'access-log', 'client-side', 'rules'];

const security = [
  ...['body-bytes', 'connection-nominated-headers', 'disconnects', 'hop-by-hop-request-headers'],
  ...['hostile-upstream-responses', 'identity-headers-from-client', 'identity-headers-from-upstream'],
  ...['malformed-request-heads', 'oversized-bodies', 'oversized-heads', 'pipelined-upgrade', 'repeated-requests'],
  ...['request-smuggling', 'slow-clients', 'stalled-peers', 'unread-responses', 'upstream-connection-headers'],
  ...['upstream-failures-leak', 'open-connection-of-revoked-client', 'open-connection-of-expired-client'],
];

const files = [
  ...integration.map((name) => `test/integration/${name}.test.ts`),
  ...security.map((name) => `test/security/${name}.test.ts`),
];

test('what depends on the lane holds on the standard lane, too', { timeout: 600_000 }, async () => {
  const env: NodeJS.ProcessEnv = { ...process.env, MUTUAL_TEST_LANE: 'standard' };
  // Of this run of tests, of which the other one knows nothing.
  delete env.NODE_TEST_CONTEXT;
  const args = ['--test', '--test-concurrency=2', '--test-timeout=120000', ...files.map((file) => join(root, file))];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env,
    maxBuffer: 1 << 26,
  }).catch((error: unknown) => {
    const { stdout: output } = error as { readonly stdout: string };
    const failures = output.slice(output.indexOf('failing tests'));
    throw new Error(`on the standard lane: ${failures.slice(0, 5000)}`);
  });
  assert.match(stdout, /^(?:ℹ|#) fail 0$/m);
  assert.match(stdout, /^(?:ℹ|#) pass [1-9][0-9]+$/m);
});
