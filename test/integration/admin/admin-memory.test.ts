// The admin side under load: a hundred thousand requests and as many refusals, each from another client, with a reader of
// events that stands still, leave memory where it was.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { askAdmin, askUntil } from '../../support/ask-admin.ts';
import { openEventStream } from '../../support/event-stream.ts';
import { inParallel, leastGrowth, withoutProc } from '../../support/measured-gateway.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';
import { scrape, sumOf } from '../../support/scrape.ts';
import { startMutual } from '../../support/spawn-mutual.ts';

const directory = temporaryDirectory({ after });
const mebibyte = 1024 * 1024;

test('what is remembered of a hundred thousand clients, requests and refusals is bounded', {
  timeout: 100_000,
}, async () => {
  const ca = makeCa(directory);
  const { certificate } = makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice' });
  const script = fileURLToPath(new URL('../../support/fed-admin.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, certificate]);
  const { before, after: end, requests, clients, refusals, text } = JSON.parse(stdout);
  assert.ok(end - before < 3 * mebibyte, `${end - before} bytes more`);
  assert.deepEqual([requests, clients, refusals], [240_000, 1000, 200]);
  assert.ok(text < 400_000, `${text}`);
});

test('memory of a running gateway stays where it was, and every request is counted', {
  skip: withoutProc,
  timeout: 110_000,
}, async (t) => {
  const config = join(directory, 'mutual.yaml');
  writeFileSync(
    config,
    `servers: [{ listen: 127.0.0.1:0, routes: [{ exact: /, respond: { body: ok } }] }]
admin: 127.0.0.1:0
log: { access: off }
`,
  );
  const mutual = await startMutual(t, config, { nodeOptions: ['--max-old-space-size=64'] });
  const [, adminUrl = ''] = await mutual.until(/"admin: (http:[^"]*)"/);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
  t.after(() => agent.destroy());
  // Every third is refused, and each has a path of its own.
  const ask = (index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const path = index % 3 === 0 ? `/none-${index}?secret=${index}` : '/';
      http
        .get({ port: mutual.port(), host: '127.0.0.1', path, agent }, (response) => {
          response.on('error', reject).on('end', resolve).resume();
        })
        .on('error', reject);
    });
  let asked = 0;
  const round = async (): Promise<void> => {
    const requests = Array.from({ length: 1000 }, (_, index) => () => ask(index));
    asked += requests.length;
    await inParallel(8, requests);
    for (const path of ['/api/snapshot', '/metrics']) await askAdmin(adminUrl, path);
  };
  const events = await openEventStream(t, adminUrl);
  await events.until('hello');
  const stalled = net.connect(Number(new URL(adminUrl).port), '127.0.0.1');
  t.after(() => stalled.destroy());
  stalled.on('error', () => {}).pause();
  stalled.write(`GET /api/events HTTP/1.1\r\nHost: ${new URL(adminUrl).host}\r\n\r\n`);
  await round();
  const growth = await leastGrowth(mutual.pid, 2 * mebibyte, round);
  assert.ok(growth < 6 * mebibyte, `${growth} bytes more`);
  await askUntil(
    () => scrape(adminUrl),
    (read) => sumOf(read('mutual_requests_total')) === asked,
  );
  assert.ok(events.received.some(({ name }) => name === 'omitted'));
});
