// What an upstream answers can be odd, or meant to do harm: a status text with control characters, a field twice that
// there may be once, a thousand fields. None of it may end the process, and with it everybody else's requests.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { lastHead, parseResponses } from '../support/http-messages.ts';
import { exchangeHttp2 } from '../support/http2-exchange.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, okResponse } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const body = 'Content-Length: 2\r\n\r\nok';
const manyFields = Array.from({ length: 3000 }, (_, index) => `X-${index}: 1\r\n`).join('');
const singles = ['Content-Type', 'ETag', 'Location', 'Last-Modified', 'Expires', 'Age', 'Retry-After', 'Content-Range'];
const doubled = singles.flatMap((name) => [`${name}: 1\r\n`, `${name}: 2\r\n`]).join('');

/** To the statuses over HTTP/1 and HTTP/2. */
const answers: Readonly<Record<string, readonly [bytes: string, ...statuses: readonly number[]]>> = {
  'a status text with a bell': [`HTTP/1.1 200 O\x07K\r\n${body}`, 200],
  'a status text beyond ASCII': [`HTTP/1.1 200 Gr\xfcn\r\n${body}`, 200],
  'a status text with a NUL': [`HTTP/1.1 200 O\0K\r\n${body}`, 200, 502],
  'no status text': [`HTTP/1.1 200\r\n${body}`, 200],
  'an unknown status': [`HTTP/1.1 299 Odd\r\n${body}`, 299],
  'single fields twice': [`HTTP/1.1 200 OK\r\n${doubled}${body}`, 200],
  'single fields twice in early hints': [`HTTP/1.1 103 Hints\r\n${doubled}\r\nHTTP/1.1 200 OK\r\n${body}`, 200],
  'single fields twice as trailers': [
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n${doubled}\r\n`,
    200,
  ],
  'forbidden trailers': [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nConnection: x\r\nSet-Cookie: a=1\r\nTE: x\r\n\r\n',
    200,
  ],
  'names of object prototypes': [
    `HTTP/1.1 200 OK\r\n__proto__: 1\r\nconstructor: 1\r\nhasOwnProperty: 1\r\n${body}`,
    200,
  ],
  'empty values': [`HTTP/1.1 200 OK\r\nX-A:\r\nContent-Type:\r\nDate:\r\n${body}`, 200],
  'three thousand fields': [`HTTP/1.1 200 OK\r\n${manyFields}${body}`, 200],
  'a field of 60 KB': [`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(60_000)}\r\n${body}`, 200, 0],
  'a field named like a pseudo header': [`HTTP/1.1 200 OK\r\n:status: 300\r\n${body}`, 502],
  'many informational answers': [`${'HTTP/1.1 103 Hints\r\nX-A: 1\r\n\r\n'.repeat(50)}HTTP/1.1 200 OK\r\n${body}`, 200],
  'an unknown informational answer': [`HTTP/1.1 199 Odd\r\n\r\nHTTP/1.1 200 OK\r\n${body}`, 200],
  'a 204 with a body': [`HTTP/1.1 204 No Content\r\n${body}`, 204],
  'a 205 with a body': [`HTTP/1.1 205 Reset Content\r\n${body}`, 205],
  'a 304 with a length': ['HTTP/1.1 304 Not Modified\r\nContent-Length: 4711\r\nETag: "1"\r\n\r\n', 304],
  'a 304 with a body': [`HTTP/1.1 304 Not Modified\r\n${body}`, 304],
  'bytes behind the end': [`HTTP/1.1 200 OK\r\n${body}HTTP/1.1 200 OK\r\n${body}`, 200],
  'a second head instead of a body': ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 No\r\n\r\n', 200],
};

for (const [what, [bytes, ...statuses]] of Object.entries(answers)) {
  test(`${what}: over both versions of HTTP, and the next request is served`, async (t) => {
    const backend = await createRecordingBackend(t, {
      respond: (text) => (text.startsWith('GET /odd') ? Buffer.from(bytes, 'latin1') : okResponse),
    });
    const front = await startFront(t, certificates, {
      server: { http2: true },
      upstreams: { service1: { servers: [{ url: backend.url, maxFails: 0 }] } },
      routes: [{ path: '/', upstream: 'service1' }],
    });
    const options = { ...certificates.clientA, maxHeaderListPairs: 5000 };
    const session = http2.connect(`https://localhost:${front.port}`, options);
    t.after(() => session.destroy());

    const text = await front.exchange(lastHead('GET /odd'));
    const status = parseResponses(text).at(-1)?.status ?? 0;
    assert.ok(statuses.includes(status), `HTTP/1: ${status}`);
    const odd = await exchangeHttp2(session, { ':path': '/odd' });
    assert.ok(statuses.includes(odd.status), `HTTP/2: ${odd.status} ${odd.error}`);
    if (odd.status >= 200) assert.equal(odd.error, undefined);

    assert.equal(parseResponses(await front.exchange(lastHead('GET /'))).at(-1)?.body, 'ok');
    const next = await exchangeHttp2(session, {});
    assert.deepEqual([next.status, String(next.body)], [200, 'ok']);
  });
}
