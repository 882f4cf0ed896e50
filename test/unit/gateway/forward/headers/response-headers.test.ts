import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  flattenHeaders,
  headerRecord,
  planResponseHeaders,
  planTrailers,
} from '../../../../../src/gateway/forward/headers/response-headers.ts';

test('what belongs to the upstream’s connection stays there, what it names too', () => {
  const raw = ['Connection', 'X-Secret, close', 'x-secret', '1', 'Keep-Alive', 'timeout=1234', 'Upgrade', 'h2c'];
  const more = [
    'Proxy-Authenticate',
    'Basic',
    'Transfer-Encoding',
    'chunked',
    'Trailer',
    'X-T',
    'TE',
    'x',
    'Content-Length',
    '3',
  ];
  assert.deepEqual(planResponseHeaders([...raw, ...more, 'X-Open', '2']), {
    headers: ['Content-Length', '3', 'X-Open', '2'],
    dropped: [],
  });
});

test('cookies keep their number and order', () => {
  const raw = [
    'Set-Cookie',
    'a=1; Path=/',
    'ETag',
    '"x"',
    'set-cookie',
    'b=2',
    'Set-Cookie',
    'a=3',
    'Connection',
    'set-cookie',
  ];
  assert.deepEqual(planResponseHeaders(raw).headers, raw.slice(0, 8));
});

test('a response that depends on who the client is fits no other request', () => {
  for (const vary of [
    'Client-Cert',
    'accept, client-cert-chain',
    'X-SSL-Client-S-DN ,Accept',
    'x_forwarded_client_cert',
  ]) {
    const raw = ['vary', vary, 'ETag', '"x"', 'Vary', 'Origin'];
    assert.deepEqual(planResponseHeaders(raw).headers, ['ETag', '"x"', 'Vary', '*'], vary);
  }
  for (const vary of ['Accept-Encoding', 'Accept, Origin', '*', 'Client-Id', '']) {
    const raw = ['Vary', vary, 'ETag', '"x"', 'vary', 'Origin'];
    assert.deepEqual(planResponseHeaders(raw).headers, raw, vary);
  }
});

test('an upstream cannot speak of identities', () => {
  const raw = [
    'X-SSL-Client-S-DN',
    'CN=a',
    'x_ssl_client_verify',
    'SUCCESS',
    'Client-Cert',
    ':A:',
    'X.Mutual.Identity',
    'a',
  ];
  assert.deepEqual(planResponseHeaders([...raw, 'X-Request-Id', 'theirs']), {
    headers: ['X-Request-Id', 'theirs'],
    dropped: [],
  });
});

test('what is not valid HTTP is left out and reported', () => {
  const raw = [
    'X-A',
    'a\r\nSet-Cookie: evil=1',
    'X-B',
    'b\0',
    'X C',
    'c',
    'X-D',
    '\u0100',
    '',
    'x',
    'X-E',
    'fine \xfc',
  ];
  assert.deepEqual(planResponseHeaders(raw), {
    headers: ['X-E', 'fine \xfc'],
    dropped: ['X-A', 'X-B', 'X C', 'X-D', ''],
  });
});

test('trailers carry what is said at the end, nothing that frames, routes or authorizes', () => {
  const raw = [
    'grpc-status',
    '0',
    'Content-Length',
    '9',
    'Set-Cookie',
    'a=1',
    'X-SSL-Client-Verify',
    'SUCCESS',
    'Host',
    'x',
  ];
  const more = ['Transfer-Encoding', 'chunked', 'Cache-Control', 'no-store', 'X-Sum', 'abc', 'X-Bad', 'a\nb'];
  assert.deepEqual(planTrailers([...raw, ...more]), {
    headers: ['grpc-status', '0', 'X-Sum', 'abc'],
    dropped: ['X-Bad'],
  });
});

test('a record and a flat list say the same', () => {
  const record = { 'set-cookie': ['a=1', 'b=2'], etag: '"x"', age: 3, none: undefined };
  const flat = ['set-cookie', 'a=1', 'set-cookie', 'b=2', 'etag', '"x"', 'age', '3'];
  assert.deepEqual(flattenHeaders(record), flat);
  assert.deepEqual(headerRecord(flat), { 'set-cookie': ['a=1', 'b=2'], etag: '"x"', age: '3' });
  assert.deepEqual(headerRecord(['X-A', '1', 'x-a', '2', 'X-a', '3']), { 'x-a': ['1', '2', '3'] });
  assert.deepEqual(Object.keys(headerRecord(['__proto__', 'x'])), ['__proto__']);
});
