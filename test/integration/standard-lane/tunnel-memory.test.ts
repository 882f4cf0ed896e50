// A peer that sends without end to one that does not read: the gateway holds no more than its buffers, before the tunnel
// is open and after.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { startTestLane } from '../../support/test-lane.ts';
import { makeUpstreamConfig } from '../../support/upstream-config.ts';

/** What kernel sockets and streams on the way may hold; without backpressure it would be all that is sent. */
const buffersBytes = 32 << 20;
const sentBytes = 200 << 20;

/** Offers bytes to a socket without end; resolves with how many it took before it took no more for many turns. */
async function offer(socket: import('node:net').Socket): Promise<number> {
  const piece = Buffer.alloc(65_536);
  let offered = 0;
  let turns = 0;
  let last = 0;
  while (turns < 300 && offered < sentBytes) {
    while (!socket.writableNeedDrain && offered < sentBytes) {
      offered += piece.length;
      socket.write(piece);
    }
    await new Promise((resolve) => setImmediate(resolve));
    const taken = socket.bytesWritten - socket.writableLength;
    turns = taken === last ? turns + 1 : 0;
    last = taken;
  }
  return last;
}

const asking = 'GET / HTTP/1.1\r\nHost: x.test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';
const switching = 'HTTP/1.1 101 Ok\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n';

test('a client that floods a stalled upstream is not read any further', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching, stall: true });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
  const client = await connectRaw(t, lane);
  client.send(asking);
  await client.until('\r\n\r\n');
  const taken = await offer(client.socket);
  assert.ok(taken > 65_536, 'something must get through');
  assert.ok(taken < buffersBytes, `${taken >> 20} MiB were taken`);
});

test('a client that floods before the upstream has answered is not read any further', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
  const client = await connectRaw(t, lane);
  client.send(asking);
  await backend.untilHeads(1);
  const taken = await offer(client.socket);
  assert.ok(taken < buffersBytes, `${taken >> 20} MiB were taken`);
  // None of it is lost when the answer comes at last.
  backend.connections[0]?.socket.write(switching);
  await client.until('\r\n\r\n');
  await backend.untilReceived('\0'.repeat(1000));
});

test('an upstream that floods a stalled client is not read any further', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => switching });
  const lane = await startTestLane(t, makeUpstreamConfig([backend.url]));
  const client = await connectRaw(t, lane);
  client.send(asking);
  await client.until('\r\n\r\n');
  client.socket.pause();
  const far = backend.connections[0]?.socket;
  assert.ok(far);
  const taken = await offer(far);
  assert.ok(taken > 65_536, 'something must get through');
  assert.ok(taken < buffersBytes, `${taken >> 20} MiB were taken`);
});
