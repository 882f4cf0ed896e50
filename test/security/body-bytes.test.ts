// A gateway that parses bodies changes them: bytes that are no UTF-8, JSON with odd spelling, types that nobody knows. The
// backend must get the client's bytes, and the client the backend's.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { createHttpBackend, describeBody, digestOfBytes } from '../support/http-backend.ts';
import { chunk, head, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const types: readonly (string | undefined)[] = [
  ...['text/plain', 'text/plain; charset=utf-16', 'application/json', 'application/json; charset=latin1', undefined],
  ...[
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    ';;;',
    'x',
    'a/b/c',
  ],
  ...['application/octet-stream', 'text/plain, application/json', '"', 'application/grpc', 'application/x-protobuf'],
];

const bodies: readonly string[] = [
  '\xff\xfe\x00\x80',
  '{"a" : 1,"a":2, "__proto__": {"x": 1}}\n',
  '{not json',
  '\xef\xbb\xbf\r\n\r\n0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
];

test('the backend gets each body byte for byte, whatever its type', async (t) => {
  const backend = await createHttpBackend(t, describeBody);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  const expected: string[] = [];
  for (const [index, type] of types.entries()) {
    for (const body of bodies) {
      const method = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'][index % 5];
      const lines = type === undefined ? [] : [`Content-Type: ${type}`];
      client.send(head(`${method} /`, ...lines, `Content-Length: ${body.length}`) + body);
      client.send(head(`${method} /`, ...lines, 'Transfer-Encoding: chunked') + chunk(body) + chunk(''));
      expected.push(`${method} ${digestOfBytes(body)}`, `${method} ${digestOfBytes(body)}`);
      // In two steps, so that no more than two are under way at once.
      await untilResponses(client, expected.length);
    }
  }
  const responses = await untilResponses(client, expected.length);
  assert.deepEqual(
    responses.map(({ body }) => body),
    expected,
  );
});

test('the type itself is passed on as written, and none is invented', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (const [index, type] of types.entries()) {
    client.send(`${head('POST /', ...(type === undefined ? [] : [`Content-Type: ${type}`]), 'Content-Length: 1')}x`);
    await untilResponses(client, index + 1);
    const received = headerLines(backend.heads[index] as string);
    assert.deepEqual(valuesOf(received, 'content-type'), type === undefined ? [] : [type]);
    assert.deepEqual(valuesOf(received, 'content-length'), ['1']);
  }
});

test('a response reaches the client byte for byte, compressed or not', async (t) => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x1f, 0x8b, 0x08, 0x0d, 0x0a]).toString('latin1');
  const backend = await createRecordingBackend(t, {
    respond: (text) => {
      const type = text.includes('/gzip') ? 'Content-Encoding: gzip\r\nContent-Type: text/plain' : 'Content-Type: x';
      return `HTTP/1.1 200 OK\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    },
  });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /', 'Accept-Encoding: br') + head('GET /gzip'));
  const responses = await untilResponses(client, 2);
  assert.deepEqual(
    responses.map((response) => response.body),
    [body, body],
  );
  assert.deepEqual(valuesOf(responses[1]?.headerLines ?? [], 'content-encoding'), ['gzip']);
  assert.deepEqual(valuesOf(headerLines(backend.heads[0] as string), 'accept-encoding'), ['br']);
});

test('over HTTP/2 the same', async (t) => {
  const backend = await createHttpBackend(t, describeBody);
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  for (const type of types) {
    for (const body of bodies) {
      const stream = session.request({ ':method': 'POST', ':path': '/', ...(type && { 'content-type': type }) });
      stream.end(Buffer.from(body, 'latin1'));
      let text = '';
      for await (const bytes of stream) text += String(bytes);
      assert.equal(text, `POST ${digestOfBytes(body)}`, type);
    }
  }
});

test('an empty body is an empty body', async (t) => {
  const backend = await createRecordingBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const framingOf = async (request: string): Promise<string[]> => {
    const answer = await front.exchange(request);
    assert.equal(parseResponse(answer).status, 200);
    return headerLines(backend.heads.at(-1) as string).filter((line) => /^(?:content-l|transfer-e)/i.test(line));
  };
  const close = 'Connection: close';
  assert.deepEqual(await framingOf(head('POST /', 'Content-Type: application/json', 'Content-Length: 0', close)), [
    'Content-Length: 0',
  ]);
  assert.deepEqual(await framingOf(head('POST /', 'Content-Type: application/json', close)), ['Content-Length: 0']);
  assert.deepEqual(await framingOf(head('GET /', 'Content-Type: application/json', close)), []);
  assert.deepEqual(await framingOf(head('GET /', 'Content-Length: 0', close)), ['Content-Length: 0']);
  assert.deepEqual(await framingOf(head('POST /', 'Transfer-Encoding: chunked', close) + chunk('')), [
    'Transfer-Encoding: chunked',
  ]);
});
