// One side sends as fast as it can, the other takes nothing. A proxy that reads on regardless fills its memory with what
// it cannot deliver (200 MB over a WebSocket made one grow by 584 MB). Here the sender has to wait, and nothing is lost.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http2 from 'node:http2';
import net, { type AddressInfo, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { head } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import type { AfterHook } from '../support/openssl.ts';

const certificates = makeCertificates({ after });

const mb = 1 << 20;
const piece = Buffer.alloc(mb, 'abcdefgh');
/** What all buffers on the way may hold: those of the kernel alone take some megabytes each. */
const maxUnderWay = 32 * mb;
/** In one process with sender and receiver. */
const maxGrowth = 64 * mb;
/** Nothing moved for so long: the sender is held back. */
const standstillMs = 250;

interface Sink {
  write(bytes: Buffer): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** Writes at most `total` bytes, and resolves with how many were written when they are, or when nothing moves any more. */
async function sendUntilHeld(sink: Sink, total: number): Promise<number> {
  let sent = 0;
  while (sent < total) {
    sent += piece.length;
    if (sink.write(piece)) continue;
    const { promise, resolve } = Promise.withResolvers<'drained' | 'held'>();
    const timer = setTimeout(resolve, standstillMs, 'held');
    sink.once('drain', () => resolve('drained'));
    const outcome = await promise;
    clearTimeout(timer);
    if (outcome === 'held') break;
  }
  return sent;
}

/** Sends up to `total` bytes to somebody who reads none; fails where more is taken than the buffers on the way hold. */
async function assertHeld(sink: Sink, total: number): Promise<number> {
  const before = process.memoryUsage().rss;
  const sent = await sendUntilHeld(sink, total);
  assert.ok(sent < maxUnderWay, `${sent / mb} MB were taken`);
  const growth = process.memoryUsage().rss - before;
  assert.ok(growth < maxGrowth, `memory grew by ${growth / mb} MB`);
  return sent;
}

/** Goes on to `total`, and waits until the receiver has it all. */
async function sendRest(sink: Sink, sent: number, total: number): Promise<void> {
  for (let at = sent; at < total; at += piece.length) {
    if (!sink.write(piece)) await new Promise<void>((resolve) => void sink.once('drain', resolve));
  }
}

/** Counts and hashes what comes out of a socket or stream until `total` bytes have. */
function received(stream: NodeJS.ReadableStream, total: number): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  return new Promise((resolve) => {
    stream.on('data', (bytes: Buffer) => {
      hash.update(bytes);
      length += bytes.length;
      if (length >= total) resolve(`${length} ${hash.digest('hex')}`);
    });
    stream.resume();
  });
}

function expected(total: number): string {
  const hash = createHash('sha256');
  for (let at = 0; at < total; at += piece.length) hash.update(piece);
  return `${total} ${hash.digest('hex')}`;
}

/** A backend that answers the head of its one request, reads no further, and hands its socket over. */
async function startStalling(t: AfterHook, answer: string): Promise<{ url: string; socket: Promise<Socket> }> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = net.createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    let text = '';
    const onData = (bytes: Buffer): void => {
      text += bytes.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end === -1) return;
      socket.off('data', onData).pause();
      const rest = Buffer.from(text.slice(end + 4), 'latin1');
      if (rest.length > 0) socket.unshift(rest);
      socket.write(answer);
      resolve(socket);
    };
    socket.on('data', onData);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, socket: promise };
}

const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const upgrade = head('GET /', 'Connection: Upgrade', 'Upgrade: websocket');

test('a tunnel to a backend that stalls holds the client back, and all of 200 MB arrives in the end', async (t) => {
  const total = 200 * mb;
  const backend = await startStalling(t, switching);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(upgrade);
  await client.until('\r\n\r\n');
  const sent = await assertHeld(client.socket, total);
  const arrived = received(await backend.socket, total);
  await sendRest(client.socket, sent, total);
  assert.equal(await arrived, expected(total));
});

test('a tunnel to a client that stalls holds the backend back', async (t) => {
  const total = 64 * mb;
  const backend = await startStalling(t, switching);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(upgrade);
  await client.until('\r\n\r\n');
  client.socket.removeAllListeners('data').pause();
  const socket = await backend.socket;
  const sent = await assertHeld(socket, total);
  const arrived = received(client.socket, total);
  await sendRest(socket, sent, total);
  assert.equal(await arrived, expected(total));
});

test('while the backend has not answered an upgrade, no more is taken than the buffers hold', async (t) => {
  const backend = await startStalling(t, '');
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(upgrade);
  await backend.socket;
  await assertHeld(client.socket, 128 * mb);
});

test('an upload to a backend that stalls holds the client back, and arrives whole', async (t) => {
  const total = 64 * mb;
  const backend = await startStalling(t, '');
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('PUT /', `Content-Length: ${total}`));
  const sent = await assertHeld(client.socket, total);
  const socket = await backend.socket;
  const arrived = received(socket, total);
  await sendRest(client.socket, sent, total);
  assert.equal(await arrived, expected(total));
  socket.write('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
  assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 201 /);
});

test('a download to a client that stalls holds the backend back, and arrives whole', async (t) => {
  const total = 64 * mb;
  const backend = await startStalling(t, `HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /'));
  await client.until('\r\n\r\n');
  client.socket.removeAllListeners('data').pause();
  const socket = await backend.socket;
  const sent = await assertHeld(socket, total);
  const arrived = received(client.socket, total);
  await sendRest(socket, sent, total);
  assert.equal(await arrived, expected(total));
});

test('over HTTP/2 either side is held back, too', async (t) => {
  const total = 64 * mb;
  const upload = await startStalling(t, '');
  const download = await startStalling(t, `HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
  const front = await startFront(t, certificates, {
    server: { http2: true },
    routes: [
      { path: '/up', upstream: upload.url },
      { path: '/down', upstream: download.url },
    ],
  });
  const session = http2.connect(`https://localhost:${front.port}`, certificates.clientA);
  t.after(() => session.destroy());
  const up = session.request({ ':method': 'PUT', ':path': '/up' });
  up.on('error', () => {});
  await assertHeld(up, total);
  const down = session.request({ ':path': '/down' });
  await new Promise<void>((resolve) => down.once('response', () => resolve()));
  const sent = await assertHeld(await download.socket, total);
  const arrived = received(down, total);
  await sendRest(await download.socket, sent, total);
  assert.equal(await arrived, expected(total));
});
