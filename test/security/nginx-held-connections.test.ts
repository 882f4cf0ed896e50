// Clients that hold what they have: they take no response, never end after a refused handshake, or send extensions and
// trailers of chunks without end. Each is let go after a time, or a number of bytes, and no other client notices.

import assert from 'node:assert/strict';
import net from 'node:net';
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
  http: `server { listen 127.0.0.1:80; send_timeout 300ms; lingering_timeout 300ms;
      location / { proxy_pass http://127.0.0.1:${backend.port}; }
      location /big { return 200 "${'x'.repeat(4000)}"; }
      location = /status { stub_status; }
    }`,
});

async function active(): Promise<number> {
  const { body } = parseResponse(await exchangeRaw(hook, front, lastHead('GET /status')));
  return Number(/Active connections: (\d+)/.exec(body)?.[1]);
}

test('a client that takes no response is let go', { timeout: 30_000 }, async () => {
  const socket = net.connect({ port: front.port, host: '127.0.0.1' });
  hook.after(() => socket.destroy());
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.pause();
  // More than all buffers on the way hold.
  socket.write(head('GET /big').repeat(8000) + lastHead('GET /big'));
  while ((await active()) !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
});

for (const [name, flood] of [
  ['an extension', `1;${'x'.repeat(200_000)}`],
  ['trailers', `0\r\n${'X-A: 1\r\n'.repeat(20_000)}`],
  ['one trailer', `0\r\nX-A: ${'x'.repeat(200_000)}`],
] as const) {
  test(`${name} without end is no body`, { timeout: 10_000 }, async () => {
    const known = backend.heads.length;
    const client = await connectRaw(hook, front);
    client.send(head('POST /', 'Transfer-Encoding: chunked') + flood);
    assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 400 /);
    client.socket.destroy();
    assert.equal(backend.heads.length, known);
  });
}

test('a few extensions and trailers are passed over', async () => {
  const body = `2;a=b\r\nok\r\n0\r\nX-A: 1\r\n\r\n`;
  assert.match(
    await exchangeRaw(hook, front, lastHead('POST /', 'Transfer-Encoding: chunked') + body),
    /^HTTP\/1\.1 200 /,
  );
});

test('a client that never ends after a refused handshake is let go', { timeout: 10_000 }, async (t) => {
  const refusing = await startNginxFront(t, {
    directory: temporaryDirectory(t),
    http: 'server { listen 127.0.0.1:443 ssl; ssl_reject_handshake on; }',
  });
  const client = await connectRaw(t, { port: refusing.port, allowHalfOpen: true });
  // A ClientHello without extensions.
  const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0x13, 1, 1, 0])]);
  const hello = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  client.send(Buffer.concat([Buffer.from([0x16, 3, 1, 0, hello.length]), hello]));
  await new Promise((resolve) => client.socket.once('end', resolve));
  assert.equal(client.received.length, 7);
  // What it still sends is answered with a reset once nobody is there any more.
  const closed = new Promise((resolve) => client.socket.once('close', resolve));
  const timer = setInterval(() => client.socket.write('x'), 100);
  t.after(() => clearInterval(timer));
  await closed;
});
