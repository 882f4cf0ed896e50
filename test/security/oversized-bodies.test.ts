// Request bodies beyond maxBodyBytes, announced or not: refused with 413 before the backend hears of them, or cut off in
// the middle, so that it never takes a part for the whole.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { answerAfterBody, okAndClose } from '../support/answer-after-body.ts';
import { untilLeft } from '../support/backend-connections.ts';
import { chunk, head, lastHead, parseResponse, parseResponses, untilResponses } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const maxBodyBytes = 1000;

test('an announced length of one byte more is refused, the limit itself is not', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', maxBodyBytes, upstream: backend.url }] });
  const post = (length: number): string => lastHead('POST /', `Content-Length: ${length}`) + 'x'.repeat(length);
  const refusal = parseResponse(await front.exchange(post(maxBodyBytes + 1)));
  assert.equal(refusal.status, 413);
  assert.match(refusal.body, /body-too-large/);
  assert.equal(backend.connections.length, 0);

  assert.equal(parseResponse(await front.exchange(post(maxBodyBytes))).status, 200);
  assert.ok(backend.received.endsWith(`\r\n\r\n${'x'.repeat(maxBodyBytes)}`));
});

test('a request behind a refused body is not served', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', maxBodyBytes, upstream: backend.url }] });
  const refused = head('POST /', `Content-Length: ${maxBodyBytes + 1}`) + 'x'.repeat(maxBodyBytes + 1);
  const responses = parseResponses(await front.exchange(refused + head('GET /behind')));
  assert.deepEqual(
    responses.map(({ status }) => status),
    [413],
  );
  assert.equal(backend.received, '');
});

test('a chunked body is cut off where it grows too large, and its end never comes', async (t) => {
  const backend = await createRecordingBackend(t, { respond: answerAfterBody(okAndClose) });
  const front = await startFront(t, certificates, { routes: [{ path: '/', maxBodyBytes, upstream: backend.url }] });
  const begin = lastHead('POST /', 'Transfer-Encoding: chunked') + chunk('x'.repeat(maxBodyBytes));
  const refusal = parseResponse(await front.exchange(begin + chunk('y') + chunk('')));
  assert.equal(refusal.status, 413);
  await Promise.all(backend.connections.map(untilLeft));
  assert.doesNotMatch(backend.received, /\r\ny|\r\n0\r\n/);

  assert.equal(parseResponse(await front.exchange(begin + chunk(''))).status, 200);
  assert.match(backend.received, /x{1000}\r\n0\r\n\r\n$/);
});

test('a request behind a chunked body that is too large and all there is one of its own', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/small', maxBodyBytes, upstream: backend.url },
    ],
  });
  const large = `${head('POST /small', 'Transfer-Encoding: chunked')}${chunk('x'.repeat(maxBodyBytes + 1))}${chunk('')}`;
  const statuses = parseResponses(await front.exchange(large + lastHead('GET /behind'))).map(({ status }) => status);
  // Whether the connection lives on is up to the lane, but what lives on is answered.
  assert.ok(statuses.join() === '413,200' || statuses.join() === '413', statuses.join());
  if (statuses.length === 2) assert.match(backend.received, /GET \/behind/);
});

test('a client that goes on sending is cut off, and has its answer', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, { routes: [{ path: '/', maxBodyBytes, upstream: backend.url }] });
  for (const framing of ['Transfer-Encoding: chunked', 'Content-Length: 1000000000']) {
    const client = await front.connect();
    client.send(head('POST /', framing));
    const piece = chunk('x'.repeat(8192));
    const feed = (): void => {
      if (client.socket.writable) client.socket.write(piece, () => setImmediate(feed));
    };
    feed();
    assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 413 /);
    await Promise.all(backend.connections.map(untilLeft));
    client.socket.destroy();
  }
  assert.doesNotMatch(backend.received, /\r\n0\r\n/);
});

test('who waits for 100 is refused without it', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', maxBodyBytes, upstream: backend.url }] });
  const refused = await front.connect();
  refused.send(head('POST /', 'Content-Length: 1001', 'Expect: 100-continue'));
  await untilResponses(refused, 1);
  assert.match(refused.received, /^HTTP\/1\.1 413 /);
  assert.equal(backend.connections.length, 0);

  const client = await front.connect();
  client.send(lastHead('POST /', 'Content-Length: 1000', 'Expect: 100-continue'));
  await client.until('HTTP/1.1 100 Continue\r\n\r\n');
  client.send('x'.repeat(1000));
  assert.equal(parseResponse(await client.closed).status, 200);
});

test('the limit of the route counts before that of the server, and that before the general one', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    limits: { maxBodyBytes: 10 },
    server: { maxBodyBytes: 20 },
    routes: [
      { path: '/', upstream: backend.url },
      { path: '/route', maxBodyBytes: 30, upstream: backend.url },
      { path: '/any', maxBodyBytes: 0, upstream: backend.url },
    ],
    servers: [{ listen: '[::1]:0', routes: [{ path: '/', upstream: backend.url }] }],
  });
  const statusOf = async (path: string, length: number): Promise<number> =>
    parseResponse(await front.exchange(lastHead(`POST ${path}`, `Content-Length: ${length}`) + 'x'.repeat(length)))
      .status;
  assert.deepEqual([await statusOf('/', 20), await statusOf('/', 21)], [200, 413]);
  assert.deepEqual([await statusOf('/route', 30), await statusOf('/route', 31)], [200, 413]);
  assert.equal(await statusOf('/any', 100_000), 200);
});

test('over HTTP/2, announced, not announced, and announced wrongly', async (t) => {
  const backend = await createRecordingBackend(t, { respond: answerAfterBody(okAndClose) });
  const counting = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [
      { path: '/', maxBodyBytes, upstream: backend.url },
      { path: '/counted', maxBodyBytes, upstream: counting.url },
    ],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const post = (headers: http2.OutgoingHttpHeaders, length: number): Promise<number | string> =>
    new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': '/', ...headers });
      stream.resume();
      stream.once('response', (answer) => resolve(Number(answer[':status'])));
      stream.once('error', (error) => resolve(error.message));
      stream.end('x'.repeat(length));
    });
  assert.equal(await post({ ':path': '/counted', 'content-length': 1001 }, 1001), 413);
  assert.equal(counting.connections.length, 0);
  assert.equal(await post({ ':path': '/counted', 'content-length': 1000 }, 1000), 200);
  assert.equal(await post({}, 1001), 413);
  await Promise.all(backend.connections.map(untilLeft));
  assert.doesNotMatch(backend.received, /\r\n0\r\n/);
  assert.equal(await post({}, 1000), 200);

  // Less than was announced: nghttp2 refuses it, and the backend must not take it for complete.
  const before = counting.heads.length;
  assert.notEqual(await post({ ':path': '/counted', 'content-length': 900 }, 10), 200);
  await Promise.all(counting.connections.slice(before).map(untilLeft));
  assert.doesNotMatch(counting.heads.slice(before).join(), /content-length: (?:0|10)$/im);
});
