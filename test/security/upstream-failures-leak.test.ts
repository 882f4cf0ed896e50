// What goes wrong behind the gateway is told to its operator. A client gets a status and a general text: no address, no
// name, no message of a library (which proxies of this kind send along by default).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type Respond } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const secrets =
  /127\.0\.0\.1|localhost|service1|ECONN|ENOENT|EAI|ENOTFOUND|ERR_|HPE_|UND_|socket|parse|node|\.ts|\.sock|unix/i;

/** The port on which nothing listens any more. */
async function deadUrl(t: Parameters<typeof createRecordingBackend>[0]): Promise<string> {
  const backend = await createRecordingBackend(t);
  await backend.close();
  return backend.url;
}

async function assertGeneric(text: string, status: number, upstream: string): Promise<void> {
  const response = parseResponse(text);
  assert.equal(response.status, status, upstream);
  assert.doesNotMatch(text, secrets, upstream);
  const port = /:(\d+)$/.exec(upstream)?.[1];
  if (port !== undefined) assert.ok(!text.includes(`:${port}`));
}

test('an upstream that cannot be reached', async (t) => {
  const missing = `unix:${join(certificates.directory, 'missing.sock')}`;
  for (const upstream of [await deadUrl(t), missing, 'http://name.invalid:49151']) {
    const front = await startFront(t, certificates, { routes: [{ path: '/', upstream }] });
    await assertGeneric(await front.exchange(lastHead('GET /')), 502, upstream);
    const upgrade = head('GET /', 'Connection: Upgrade', 'Upgrade: websocket');
    const answered = parseResponse(await front.exchange(upgrade)).status;
    // The server may be out of use after its first failure.
    assert.ok(answered === 502 || answered === 503, `${upstream}: ${answered}`);
    const page = await front.exchange(lastHead('GET /', 'Accept: text/html'));
    assert.doesNotMatch(page, secrets);
  }
});

const nonsense: Readonly<Record<string, string>> = {
  'no HTTP at all': '220 mail.test ESMTP\r\n',
  'TLS alerts': '\x15\x03\x01\x00\x02\x02\x0a',
  'a version of its own': 'HTTP/9.9 200 OK\r\n\r\n',
  'a status with two digits': 'HTTP/1.1 99 Odd\r\n\r\n',
  'a status that begins with zero': 'HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n',
  'a status beyond all classes': 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n',
  'a status of 600': 'HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n',
  'an answer to no upgrade': 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  'both lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nokk',
  'a folded header': 'HTTP/1.1 200 OK\r\nX-A: 1\r\n folded\r\nContent-Length: 0\r\n\r\n',
  'a header with a NUL': 'HTTP/1.1 200 OK\r\nX-A: 1\0\r\nContent-Length: 0\r\n\r\n',
  'a header line without a colon': 'HTTP/1.1 200 OK\r\nbroken\r\nContent-Length: 0\r\n\r\n',
  'a head that is too large': `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`,
  nothing: '',
};

for (const [what, bytes] of Object.entries(nonsense)) {
  test(`an upstream that answers with ${what}`, async (t) => {
    const respond: Respond = (_head, socket) => {
      socket.end(Buffer.from(bytes, 'latin1'));
      return undefined;
    };
    const backend = await createRecordingBackend(t, { respond });
    const front = await startFront(t, certificates, {
      upstreams: { service1: { servers: [{ url: backend.url, maxFails: 0 }] } },
      routes: [{ path: '/', upstream: 'service1' }],
    });
    await assertGeneric(await front.exchange(lastHead('GET /')), 502, backend.url);
    await assertGeneric(await front.exchange(lastHead('POST /', 'Content-Length: 0')), 502, backend.url);
    const line = await front.gateway.lineWhere(
      ({ code, request_id: id }) => String(code).startsWith('upstream-') && id !== undefined,
    );
    assert.ok(String(line.reason).includes(backend.url));
  });
}

test('an upstream that takes its time', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, {
    routes: [{ path: '/', upstream: backend.url, responseTimeout: '100ms' }],
  });
  await assertGeneric(await front.exchange(lastHead('GET /')), 504, backend.url);
  const upgrade = head('GET /', 'Connection: Upgrade', 'Upgrade: websocket');
  const answered = parseResponse(await front.exchange(upgrade)).status;
  assert.ok(answered === 504 || answered === 503, String(answered));
});

test('a refusal says nothing of routes, rules and certificates', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/admin', name: 'the-route', allow: [{ commonName: 'admin' }], upstream: backend.url },
    ],
  });
  for (const lines of [[], ['Accept: text/html']]) {
    const text = await front.exchange(lastHead('GET /admin', ...lines));
    assert.equal(parseResponse(text).status, 403);
    assert.doesNotMatch(text, /the-route|commonName|CN=|client-a|Company A|127\.0\.0\.1|\/admin/);
  }
  assert.equal(parseResponse(await front.exchange(lastHead('GET /admin'), certificates.admin)).status, 200);
});
