// The section `http` of a native configuration, through a whole gateway: served, reloaded, stopped.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exchangeRaw } from '../support/raw-client.ts';
import { startTestGateway } from '../support/test-gateway.ts';

const get = 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
const yaml = (text: string, more = ''): string => `
http:
  accessLogs: []
  errorLogs: [{ file: error.log, level: info }]
  servers:
    - listen: [{ address: '127.0.0.1:0' }]
      locations:
        - prefix: /
          steps: [{ return: 200, text: "${text} $uri" }]
${more}
`;

test('it is served beside no servers at all, and reloaded without a new socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mutual-http-section-'));
  const gateway = await startTestGateway(t, directory, yaml('before'));
  const port = gateway.port();
  assert.match(
    await exchangeRaw(t, { port }, get),
    /^HTTP\/1\.1 200 OK\r\nServer: nginx\/1\.28\.0\r\n[\s\S]*before \/x$/,
  );
  assert.equal(await gateway.reconfigure(yaml('after')), true);
  assert.equal(gateway.port(), port);
  assert.match(await exchangeRaw(t, { port }, get), /after \/x$/);
});

test('what cannot be used changes nothing', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mutual-http-section-'));
  const gateway = await startTestGateway(t, directory, yaml('before'));
  for (const more of ['          proxyPass: http://$nothing', '          addHeaders: [{ name: A, value: $unknown }]']) {
    assert.equal(await gateway.reconfigure(yaml('after', more)), false);
  }
  assert.match(await exchangeRaw(t, { port: gateway.port() }, get), /before \/x$/);
});
