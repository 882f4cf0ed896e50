// What the access logs say of requests through the whole gateway: who it was, by name of the certificate, and what became of
// the request.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, lastHead, untilResponses } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { type Front, makeCertificates, startFront } from '../support/mutual-tls.ts';
import { connectRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import type { AsyncAfterHook } from '../support/test-gateway.ts';

const certificates = makeCertificates({ after });
let logs = 0;

interface LoggedFront extends Front {
  /** The lines of the log in this format, once there are as many. */
  lines(format: 'combined' | 'json' | 'template', count: number): Promise<string[]>;
}

async function startLogged(t: AsyncAfterHook, routes: readonly object[], more: object = {}): Promise<LoggedFront> {
  logs += 1;
  const files = {
    combined: join(certificates.directory, `combined.${logs}.log`),
    json: join(certificates.directory, `json.${logs}.log`),
    template: join(certificates.directory, `template.${logs}.log`),
  };
  const template =
    '$ssl_client_verify "$ssl_client_s_dn" $ssl_client_serial $request_method $request_uri $status $upstream_status';
  const access = [
    { format: 'combined', file: files.combined },
    { format: 'json', file: files.json },
    { format: template, file: files.template },
  ];
  const front = await startFront(t, certificates, { routes, log: { access }, ...more });
  return {
    ...front,
    async lines(format, count) {
      for (;;) {
        front.gateway.observer.flushSync();
        const text = existsSync(files[format]) ? readFileSync(files[format], 'utf8') : '';
        const lines = text.split('\n').filter((line) => line !== '');
        if (lines.length >= count) return lines;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

const [, , , serialLine = ''] = certificates.identityOfClientA;
const serial = serialLine.slice(serialLine.indexOf(': ') + 2);

test('combined is that of nginx', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startLogged(t, [{ path: '/', upstream: backend.url }]);
  const client = await front.connect();
  client.send(head('GET /a?b=c', 'User-Agent: test "1"', 'Referer: https://x/'));
  await untilResponses(client, 1);
  client.send(lastHead('POST /%22', 'Content-Length: 0'));
  await client.closed;
  const [first, second] = await front.lines('combined', 2);
  const time = '\\[\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d [+-]\\d{4}\\]';
  assert.match(
    first ?? '',
    new RegExp(`^127\\.0\\.0\\.1 - - ${time} "GET /a\\?b=c HTTP/1\\.1" 200 2 "https://x/" "test \\\\x221\\\\x22"$`),
  );
  assert.match(second ?? '', new RegExp(`^127\\.0\\.0\\.1 - - ${time} "POST /%22 HTTP/1\\.1" 200 2 "-" "-"$`));
});

test('the name of the certificate is there for the asking, of those who were let in and of those who were not', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startLogged(
    t,
    [
      { path: '/', clients: 'optional', upstream: backend.url },
      { path: '/admin', allow: [{ commonName: 'admin' }], clients: 'optional', upstream: backend.url },
    ],
    { clients: { verify: 'optional' } },
  );
  await front.exchange(lastHead('GET /'));
  await front.exchange(lastHead('GET /admin'));
  await front.exchange(lastHead('GET /'), certificates.nobody);
  const lines = await front.lines('template', 3);
  assert.deepEqual(lines, [
    `SUCCESS "CN=client-a,O=Company A" ${serial} GET / 200 200`,
    `SUCCESS "CN=client-a,O=Company A" ${serial} GET /admin 403 -`,
    'NONE "-" - GET / 200 200',
  ]);
  const [admitted, denied, anonymous] = (await front.lines('json', 3)).map((line) => JSON.parse(line));
  assert.deepEqual(
    [admitted.verify, admitted.client.dn, admitted.client.serial],
    ['SUCCESS', 'CN=client-a,O=Company A', serial],
  );
  assert.equal(admitted.client.issuer, 'CN=ca,O=Test');
  assert.equal(admitted.failure, null);
  assert.deepEqual(
    [denied.client.dn, denied.status, denied.failure.code],
    ['CN=client-a,O=Company A', 403, 'not-allowed'],
  );
  assert.match(denied.failure.reason, /admin/);
  assert.deepEqual([anonymous.verify, anonymous.client], ['NONE', null]);
});

test('json tells the whole of an exchange', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startLogged(t, [{ path: '/', name: 'everything', upstream: backend.url }], {
    server: { http2: true },
  });
  await front.exchange(`${lastHead('PUT /a?b', 'Content-Length: 4', 'User-Agent: test')}body`);
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  await exchangeHttp2(session, { ':path': '/h2' });
  const [first, second] = (await front.lines('json', 2)).map((line) => JSON.parse(line));
  assert.deepEqual(
    [first.method, first.target, first.host, first.protocol, first.status, first.bytes, first.route, first.user_agent],
    ['PUT', '/a?b', 'localhost', 'HTTP/1.1', 200, 2, 'everything', 'test'],
  );
  assert.equal(first.upstream.address, `127.0.0.1:${backend.port}`);
  assert.deepEqual([first.upstream.status, first.upstream.attempts, first.upstream.error], [200, 1, null]);
  assert.equal(first.remote_addr, '127.0.0.1');
  assert.match(first.request_id, /^[0-9a-f]{32}$/);
  assert.ok(backend.heads[0]?.includes(`X-Request-Id: ${first.request_id}`));
  assert.ok(first.duration_ms > 0 && first.duration_ms < 10_000);
  assert.deepEqual([second.protocol, second.target, second.client.dn], ['HTTP/2.0', '/h2', 'CN=client-a,O=Company A']);
});

test('each way to fail has its line', async (t) => {
  const dead = await createRecordingBackend(t);
  await dead.close();
  const silent = await createRecordingBackend(t, { respond: () => undefined });
  const broken = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc');
      return undefined;
    },
  });
  const front = await startLogged(t, [
    { path: '/dead', upstream: dead.url },
    { path: '/slow', upstream: silent.url, responseTimeout: '50ms' },
    { path: '/broken', upstream: broken.url },
    { path: '/gone', upstream: silent.url },
    { path: '/small', maxBodyBytes: 1, upstream: silent.url },
  ]);
  for (const request of ['GET /dead', 'GET /slow', 'GET /broken', 'GET /nothing']) {
    await front.exchange(lastHead(request));
  }
  await front.exchange(`${lastHead('PUT /small', 'Content-Length: 2')}ab`);
  await front.exchange(lastHead('GET /broken/../../x'));
  const before = silent.heads.length;
  const client = await front.connect();
  client.send(head('GET /gone'));
  await silent.untilHeads(before + 1);
  client.socket.destroy();
  const records = (await front.lines('json', 7)).map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ target, status, failure }) => [target, status, failure.code]),
    [
      ['/dead', 502, 'upstream-unreachable'],
      ['/slow', 504, 'upstream-timeout'],
      ['/broken', 200, 'upstream-unreachable'],
      ['/nothing', 404, 'route-not-found'],
      ['/small', 413, 'body-too-large'],
      ['/broken/../../x', 400, 'target-ambiguous'],
      ['/gone', 499, 'client-closed'],
    ],
  );
  assert.equal(records[2].bytes, 3);
  const reasons = records.map(({ failure }) => failure.reason).join('\n');
  assert.ok(reasons.includes(dead.url), reasons);
});

test('a tunnel is logged when it ends, with the bytes both ways', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: () => 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfour',
  });
  const front = await startLogged(t, [{ path: '/', upstream: backend.url }]);
  const client = await front.connect();
  client.send(`${head('GET /tunnel', 'Connection: Upgrade', 'Upgrade: x')}six666`);
  await client.until('four');
  await backend.untilReceived('six666');
  const socket = backend.connections[0]?.socket;
  socket?.once('end', () => socket.end());
  client.socket.end();
  const [record] = (await front.lines('json', 1)).map((line) => JSON.parse(line));
  assert.deepEqual([record.status, record.bytes, record.client.dn], [101, 4, 'CN=client-a,O=Company A']);
  assert.equal(record.failure, null);
});

test('nothing that a client sends begins a line or leaves its field', async (t) => {
  const front = await startLogged(t, [{ path: '/', respond: { body: 'ok' } }]);
  const evil = ['User-Agent: a" 200 0 "-\x80\xff', 'Referer: \\x22\\'];
  await front.exchange(lastHead('GET /"a', ...evil));
  const [combined] = await front.lines('combined', 1);
  assert.match(combined ?? '', /"GET \/\\x22a HTTP\/1\.1" 200 2 "\\x5Cx22\\x5C" "a\\x22 200 0 \\x22-\\x80\\xFF"$/);
  const [json] = await front.lines('json', 1);
  assert.equal(JSON.parse(json ?? '').target, '/"a');
  assert.match(json ?? '', /^[ -~]+$/);
});

test('what no parser understands has its line as with nginx, as far as it is known', async (t) => {
  const front = await startLogged(t, [{ path: '/', respond: { body: 'ok' } }], { limits: { headTimeout: '150ms' } });
  await front.exchange('GET /a HTTP/1.1\r\nHost: localhost\r\nBad Header: x\r\n\r\n');
  await front.exchange('\x16\x03"\r\n');
  const client = await front.connect();
  client.send(head('GET /good'));
  await untilResponses(client, 1);
  client.send('GET /b HTTP/1.1\r\nHost : localhost\r\n\r\n');
  await client.closed;
  await front.exchange('GET /slow HTTP/1.1\r\n');
  const plain = await connectRaw(t, { port: front.port });
  plain.send(lastHead('GET /plain'));
  assert.match(await plain.closed, /^HTTP\/1\.1 400 /);
  const lines = await front.lines('combined', 6);
  assert.deepEqual(
    lines.map((line) => /"(.*)" (\d+) (\d+) "-" "-"$/.exec(line)?.slice(1, 3)),
    [
      ['GET /a HTTP/1.1', '400'],
      ['\\x16\\x03\\x22', '400'],
      ['GET /good HTTP/1.1', '200'],
      ['GET /b HTTP/1.1', '400'],
      ['-', '408'],
      ['GET /plain HTTP/1.1', '400'],
    ],
  );
  const records = (await front.lines('json', 6)).map((line) => JSON.parse(line));
  assert.deepEqual(
    records.map(({ method, target, protocol, status }) => [method, target, protocol, status]),
    [
      ['GET', '/a', 'HTTP/1.1', 400],
      [null, null, null, 400],
      ['GET', '/good', 'HTTP/1.1', 200],
      ['GET', '/b', 'HTTP/1.1', 400],
      [null, null, null, 408],
      ['GET', '/plain', 'HTTP/1.1', 400],
    ],
  );
  assert.deepEqual(
    records.map(({ failure }) => failure?.code),
    ['request-invalid', 'request-invalid', undefined, 'request-invalid', 'request-timeout', 'plain-http-on-tls-port'],
  );
});

test('a connection that never sends a byte is no request', async (t) => {
  const front = await startLogged(t, [{ path: '/', respond: { body: 'ok' } }], { limits: { headTimeout: '50ms' } });
  const client = await front.connect();
  await client.closed;
  await front.exchange(lastHead('GET /'));
  const lines = await front.lines('combined', 1);
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /"GET \/ HTTP\/1\.1" 200 /);
});
