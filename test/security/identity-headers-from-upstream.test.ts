// A backend answers with the headers by which the gateway speaks: whoever reads the response might believe them, a second
// proxy among them. They are removed, and the rest of the response is left alone.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { lastHead, parseResponse, parseResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';
import { spoofedHeaders } from '../support/spoofed-headers.ts';

const certificates = makeCertificates({ after });

/** Where a client comes from is no secret of the gateway: such headers of a response are the backend's affair. */
const identity = spoofedHeaders.filter(
  (line) =>
    !/^(?:x[-_]real|x[-_]forwarded[-_](?:for|proto|host|port)|forwarded:|x-request|x-orig|x-rew|proxy|content|transfer)/i.test(
      line,
    ),
);
const own = ['Content-Length: 2', 'X-Own: 1', 'Set-Cookie: a=1', 'Set-Cookie: b=2'];
const answer = ['HTTP/1.1 200 OK', ...own, ...identity, '', 'ok'].join('\r\n');

test('they are removed from a response, and the others stay', async (t) => {
  assert.ok(identity.length > 20);
  const backend = await createRecordingBackend(t, { respond: () => answer });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const text = await front.exchange(lastHead('GET /'));
  assert.doesNotMatch(text, /spoof/i);
  const response = parseResponse(text);
  assert.equal(response.body, 'ok');
  assert.deepEqual(valuesOf(response.headerLines, 'x-own'), ['1']);
  assert.deepEqual(valuesOf(response.headerLines, 'set-cookie'), ['a=1', 'b=2']);
});

test('over HTTP/2, too', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => answer });
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/' });
  const headers = await new Promise<http2.IncomingHttpHeaders>((resolve, reject) => {
    stream.once('response', resolve).once('error', reject);
  });
  assert.equal(headers['x-own'], '1');
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  assert.doesNotMatch(JSON.stringify(headers), /spoof/i);
});

test('in early hints, in trailers and in the answer to an upgrade', async (t) => {
  const spoof = 'X-SSL-Client-S-DN: CN=spoof\r\nX_SSL_Client_Verify: spoof';
  const backend = await createRecordingBackend(t, {
    respond: (head) =>
      head.includes('Upgrade')
        ? `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${spoof}\r\nX-Own: 1\r\n\r\n`
        : `HTTP/1.1 103 Early Hints\r\n${spoof}\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${spoof}\r\nX-Own: 1\r\n\r\n`,
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const text = await front.exchange(lastHead('GET /', 'TE: trailers'));
  const [hints, response] = parseResponses(text);
  assert.deepEqual(hints?.headerLines, ['Link: </a>']);
  assert.deepEqual(valuesOf(response?.trailerLines ?? [], 'x-own'), ['1']);
  assert.equal(response?.trailerLines.length, 1);
  assert.doesNotMatch(text, /spoof/i);

  const client = await front.connect();
  client.send('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  const switched = await client.until('\r\n\r\n');
  assert.match(switched, /^HTTP\/1\.1 101 /);
  assert.match(switched, /X-Own: 1/);
  assert.doesNotMatch(switched, /spoof/i);
});
