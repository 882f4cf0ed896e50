// Requests whose end two readers could see at different places (RFC 9112 section 11.2): what one takes for a body is the
// next request to the other. Nothing of the kind may reach a backend, where a second request would pass unseen.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { untilLeft } from '../support/backend-connections.ts';
import { chunk, head, lastHead, parseResponse, parseResponses, untilResponses } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const smuggled = head('GET /smuggled');
const chunked = 'Transfer-Encoding: chunked';
const end = '0\r\n\r\n';

/** Heads that are refused before anything is forwarded. */
const badHeads: Readonly<Record<string, string>> = {
  'both lengths': head('POST /', 'Content-Length: 5', chunked) + end + smuggled,
  'both lengths, the other way round': head('POST /', chunked, 'Content-Length: 5') + end + smuggled,
  'two lengths': head('POST /', 'Content-Length: 5', 'Content-Length: 0') + smuggled,
  'two equal lengths': head('POST /', 'Content-Length: 5', 'Content-Length: 5') + smuggled,
  'a list of lengths': head('POST /', 'Content-Length: 5, 5') + smuggled,
  'a signed length': head('POST /', 'Content-Length: +5') + smuggled,
  'a negative length': head('POST /', 'Content-Length: -5') + smuggled,
  'a hexadecimal length': head('POST /', 'Content-Length: 0x5') + smuggled,
  'an empty length': head('POST /', 'Content-Length:') + smuggled,
  'a length with a space in it': head('POST /', 'Content-Length: 1 0') + smuggled,
  'a length beyond all numbers': head('POST /', 'Content-Length: 18446744073709551617') + smuggled,
  'a space before the colon of a length': head('POST /', 'Content-Length : 5') + smuggled,
  'a space before the colon of a coding': head('POST /', 'Transfer-Encoding : chunked') + end + smuggled,
  'a tab before the colon': head('POST /', 'Transfer-Encoding\t: chunked') + end + smuggled,
  'another coding before chunked': head('POST /', 'Transfer-Encoding: gzip, chunked') + end + smuggled,
  'another coding in a line of its own': head('POST /', 'Transfer-Encoding: cow', chunked) + end + smuggled,
  'another coding behind': head('POST /', chunked, 'Transfer-Encoding: cow') + end + smuggled,
  'chunked twice': head('POST /', chunked, chunked) + end + smuggled,
  'chunked twice in a list': head('POST /', 'Transfer-Encoding: chunked, chunked') + end + smuggled,
  'chunked is not the last': head('POST /', 'Transfer-Encoding: chunked, identity') + end + smuggled,
  'identity alone': head('POST /', 'Transfer-Encoding: identity', 'Content-Length: 5') + smuggled,
  'an empty element before chunked': head('POST /', 'Transfer-Encoding: ,chunked') + end + smuggled,
  'an empty coding': head('POST /', 'Transfer-Encoding:', 'Content-Length: 5') + smuggled,
  'a coding that ends in chunked': head('POST /', 'Transfer-Encoding: xchunked') + end + smuggled,
  'a coding that begins with chunked': head('POST /', 'Transfer-Encoding: chunkedx') + end + smuggled,
  'a coding with a parameter': head('POST /', 'Transfer-Encoding: chunked;q=1') + end + smuggled,
  'a quoted coding': head('POST /', 'Transfer-Encoding: "chunked"') + end + smuggled,
  'a vertical tab before the coding': head('POST /', 'Transfer-Encoding: \x0bchunked') + end + smuggled,
  'a form feed behind the coding': head('POST /', 'Transfer-Encoding: chunked\x0c') + end + smuggled,
  'a NUL behind the coding': head('POST /', 'Transfer-Encoding: chunked\0') + end + smuggled,
  'a folded coding': head('POST /', 'Transfer-Encoding:\r\n chunked') + end + smuggled,
  'a folded value': head('POST /', 'X-A: 1\r\n Transfer-Encoding: chunked', 'Content-Length: 5') + smuggled,
  'a folded length': head('POST /', 'Content-Length:\r\n\t5') + smuggled,
  'a header line that begins with a space': `POST / HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\n\r\n${smuggled}`,
  'line feeds alone': `POST / HTTP/1.1\nHost: localhost\nContent-Length: 5\n\n${smuggled}`,
  'a line feed alone behind one header': `POST / HTTP/1.1\r\nX-A: 1\nContent-Length: 5\r\nHost: localhost\r\n\r\n${smuggled}`,
  'a carriage return alone': `POST / HTTP/1.1\r\nHost: localhost\r\nX-A: 1\rContent-Length: 5\r\n\r\n${smuggled}`,
  'a broken end of the head': `POST / HTTP/1.1\r\nHost: localhost\r\n\rX: 1\r\n\r\n${smuggled}`,
  'a doubled carriage return': `POST / HTTP/1.1\r\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n${smuggled}`,
  'a NUL in a value': head('POST /', 'X-A: 1\0', 'Content-Length: 5') + smuggled,
  'a NUL in a name': head('POST /', 'X-\0A: 1', 'Content-Length: 5') + smuggled,
  'a header without a colon': head('POST /', 'Content-Length 5') + smuggled,
  'a header without a name': head('POST /', ': chunked', 'Content-Length: 5') + smuggled,
  'a space in a name': head('POST /', 'Content Length: 5') + smuggled,
  'a byte beyond ASCII in a name': head('POST /', 'Transfer-Enc\xf6ding: chunked') + smuggled,
  'chunked in HTTP/1.0': `POST / HTTP/1.0\r\nHost: localhost\r\n${chunked}\r\n\r\n${end}${smuggled}`,
};

test('heads that can be read in two ways are refused, and not a byte of them is forwarded', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  for (const [what, bytes] of Object.entries(badHeads)) {
    const responses = parseResponses(await front.exchange(bytes));
    assert.equal(responses.length, 1, `${what}: ${responses.map(({ status }) => status)}`);
    const [{ status } = { status: 0 }] = responses;
    assert.ok([400, 501, 505].includes(status), `${what}: ${status}`);
    assert.equal(backend.received, '', what);
  }
});

/** Bodies that go wrong after a head that was in order. */
const badBodies: Readonly<Record<string, string>> = {
  'a chunk size that is no number': `x\r\nab\r\n${end}`,
  'a signed chunk size': `+2\r\nab\r\n${end}`,
  'a negative chunk size': `-2\r\nab\r\n${end}`,
  'a chunk size with a prefix': `0x2\r\nab\r\n${end}`,
  'a chunk size beyond all numbers': `10000000000000002\r\nab\r\n${end}`,
  'a space before the chunk size': ` 2\r\nab\r\n${end}`,
  'a line feed alone behind the chunk size': `2\nab\r\n${end}`,
  'a carriage return alone behind the chunk size': `2\rab\r\n${end}`,
  'a line feed alone behind the chunk': `2\r\nab\n${end}`,
  'no line end behind the chunk': `2\r\nabc${end}`,
  'a line feed in a chunk extension': `2;a\nb\r\nab\r\n${end}`,
  'a carriage return in a chunk extension': `2;a\rb\r\nab\r\n${end}`,
  'a NUL in a chunk extension': `2;a\0b\r\nab\r\n${end}`,
  'a chunk extension without an end': `2;${'a'.repeat(40_000)}`,
  'a last chunk that ends in line feeds': '2\r\nab\r\n0\n\n',
  'a trailer without a colon': '2\r\nab\r\n0\r\ntrailer\r\n\r\n',
  'a folded trailer': '2\r\nab\r\n0\r\nX-A: 1\r\n folded\r\n\r\n',
  'trailers without an end': `2\r\nab\r\n0\r\n${'X-A: 1\r\n'.repeat(10_000)}`,
};

test('a body that goes wrong is never completed, and what follows it is no request', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, {
    routes: [{ path: '/', upstream: backend.url }],
  });
  for (const [what, body] of Object.entries(badBodies)) {
    const responses = parseResponses(await front.exchange(head('POST /', chunked) + body + smuggled));
    assert.ok(responses.length <= 1, what);
    assert.ok(
      responses.every(({ status }) => status === 400 || status === 431),
      `${what}: ${responses[0]?.status}`,
    );
    // It may have seen the beginning, but was cut off.
    await Promise.all(backend.connections.map(untilLeft));
    assert.doesNotMatch(backend.received, /smuggled|\r\n0\r\n\r\n/, what);
  }
});

test('a well-formed body arrives whole, whatever is in it, and the next request is one of its own', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('POST /1', `Content-Length: ${smuggled.length}`) + smuggled + head('GET /2'));
  await untilResponses(client, 2);
  assert.deepEqual(
    backend.heads.map((text) => text.split('\r\n')[0]),
    ['POST /1 HTTP/1.1', 'GET /2 HTTP/1.1'],
  );
  assert.ok(backend.received.includes(`\r\n\r\n${smuggled}`));
});

test('a well-formed chunked body arrives with our framing, extensions left out', async (t) => {
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      setImmediate(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'));
      return undefined;
    },
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const body = `${chunk('ab').replace('\r\n', ';a=b;c="d e"\r\n')}${chunk(smuggled)}${end}`;
  const response = parseResponse(await front.exchange(lastHead('POST /', 'Transfer-Encoding: CHUNKED') + body));
  assert.equal(response.status, 200);
  const lines = headerLines(backend.heads[0] as string);
  assert.deepEqual(
    lines.filter((line) => /^(?:content-length|transfer-encoding)/i.test(line)),
    ['Transfer-Encoding: chunked'],
  );
  assert.ok(backend.received.includes(smuggled));
  assert.doesNotMatch(backend.received, /a=b/);
  assert.equal(backend.heads.length, 1);
});

test('a backend that sends more than its answer does not answer the next client', async (t) => {
  const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
  const backend = await createRecordingBackend(t, {
    respond: (head) =>
      head.startsWith('GET /first') ? `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok${poison}` : undefined,
  });
  const honest = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/first', upstream: backend.url },
      { path: '/second', upstream: backend.url, responseTimeout: '200ms' },
      { path: '/', upstream: honest.url },
    ],
  });
  assert.equal(parseResponse(await front.exchange(lastHead('GET /first'))).body, 'ok');
  assert.equal(parseResponse(await front.exchange(lastHead('GET /second'))).status, 504);
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).body, 'ok');
});
