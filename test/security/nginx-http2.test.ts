// HTTP/2 before a backend of HTTP/1, by servers of an nginx file: what a client or a backend sends may neither become
// another request there nor another response here.

import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { after, test } from 'node:test';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const hook = { after };
const backend = await createRecordingBackend(hook, {
  respond: () => 'HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\nok',
});
const front = await startNginxFront(hook, {
  directory: temporaryDirectory(hook),
  version: '1.28',
  http: `server { listen 127.0.0.1:80; http2 on;
      location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off;
        proxy_pass http://127.0.0.1:${backend.port}; }
      location /whole { proxy_pass http://127.0.0.1:${backend.port}; }
      location /target { proxy_pass http://127.0.0.1:${backend.port}$uri; }
    }`,
});
const client = http2.connect(`http://127.0.0.1:${front.port}`);
hook.after(() => client.destroy());
client.on('error', () => {});

/** Status and body; status 0 where the stream was reset. */
function ask(headers: http2.OutgoingHttpHeaders, body: readonly string[] = []) {
  return new Promise<{ status: number; body: string; headers: http2.IncomingHttpHeaders }>((resolve) => {
    const stream = client.request({ ':method': body.length > 0 ? 'POST' : 'GET', ...headers });
    let text = '';
    let seen: http2.IncomingHttpHeaders = {};
    stream.on('response', (received) => {
      seen = received;
    });
    stream.on('data', (chunk) => (text += String(chunk)));
    stream.on('error', () => {});
    stream.on('close', () => resolve({ status: Number(seen[':status'] ?? 0), body: text, headers: seen }));
    for (const piece of body) stream.write(piece);
    stream.end();
  });
}

test('headers of the connection to the backend stay there', async () => {
  const { status, body, headers } = await ask({ ':path': '/' });
  assert.deepEqual([status, body], [200, 'ok']);
  assert.equal(headers.upgrade, undefined);
  assert.equal(headers.connection, undefined);
});

test('a body in pieces of one byte arrives whole', async () => {
  const { status } = await ask({ ':path': '/whole' }, [...'0123456789'.repeat(100)]);
  assert.equal(status, 200);
  assert.ok(backend.received.endsWith('0123456789'.repeat(100)));
});

for (const [name, path] of [
  ['a line end', '/target%0d%0aX-Evil:%20yes'],
  ['a space', '/target%20HTTP/1.1'],
]) {
  test(`${name} in a path ends no request line`, async () => {
    const known = backend.heads.length;
    await ask({ ':path': path as string });
    assert.equal(backend.heads.length, known + 1);
    assert.match(backend.heads.at(-1) ?? '', /^GET [!-~]+ HTTP\/1\.[01]\r\n/);
    assert.doesNotMatch(backend.heads.at(-1) ?? '', /^X-Evil/m);
  });
}

test('streams that are given up at once do not keep others from being served', async () => {
  for (let i = 0; i < 500; i += 1) {
    const stream = client.request({ ':path': '/' });
    stream.on('error', () => {});
    stream.close(http2.constants.NGHTTP2_CANCEL);
  }
  const other = http2.connect(`http://127.0.0.1:${front.port}`);
  hook.after(() => other.destroy());
  const stream = other.request({ ':path': '/' });
  const status = await new Promise((resolve) => stream.once('response', (headers) => resolve(headers[':status'])));
  assert.equal(status, 200);
  assert.ok(backend.connections.length < 300);
});
