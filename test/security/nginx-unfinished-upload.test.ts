// A backend that answers before it has read the request's body leaves a connection on which the rest of that body is
// still to come. Used for another request, the body of one client would be read as the head of another's request.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { createRecordingBackend } from '../support/recording-backend.ts';

const hook = { after };
const backend = await createRecordingBackend(hook);
const front = await startNginxFront(hook, {
  directory: temporaryDirectory(hook),
  http: `upstream backend { server 127.0.0.1:${backend.port}; keepalive 4; }
    server { listen 127.0.0.1:80;
      proxy_http_version 1.1; proxy_set_header Connection "";
      location / { proxy_pass http://backend; }
      location /streamed { proxy_request_buffering off; proxy_pass http://backend; }
      error_page 400 /bad; location = /bad { proxy_pass http://backend; }
    }`,
});
const smuggled = head('GET /smuggled');

for (const [name, framing] of [
  ['a length', `Content-Length: ${smuggled.length + 10}`],
  ['chunks', 'Transfer-Encoding: chunked'],
] as const) {
  test(`the rest of a body with ${name} is on no connection of another request`, { timeout: 10_000 }, async () => {
    const attacker = await connectRaw(hook, front);
    attacker.send(head('POST /streamed', framing));
    await attacker.until('\r\n\r\nok');
    // What the attacker had promised comes when the backend has long answered.
    attacker.send(framing.startsWith('T') ? `${smuggled.length.toString(16)}\r\n${smuggled}\r\n` : smuggled);
    const answer = await exchangeRaw(hook, front, lastHead('GET /victim'));
    assert.equal(parseResponse(answer).body, 'ok');
    const posts = backend.connections.filter(({ received }) => received.includes('POST /streamed'));
    assert.ok(posts.length > 0);
    for (const { received } of posts) assert.doesNotMatch(received, /streamed.*victim/s);
    assert.match(backend.heads.at(-1) ?? '', /^GET \/victim /);
    attacker.socket.destroy();
  });
}

test('a connection is used again where the body has been sent whole', { timeout: 10_000 }, async () => {
  await exchangeRaw(hook, front, `${lastHead('POST /whole', 'Content-Length: 4')}body`);
  const known = backend.connections.length;
  await exchangeRaw(hook, front, lastHead('GET /next'));
  assert.equal(backend.connections.length, known);
});

test('a refused request is not announced with a body that nobody sends', { timeout: 10_000 }, async () => {
  const before = backend.heads.length;
  await exchangeRaw(hook, front, `${lastHead('POST /', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`);
  assert.equal(backend.heads.length, before + 1);
  assert.doesNotMatch(backend.heads.at(-1) ?? '', /^(?:content-length: [1-9]|transfer-encoding)/im);
});
