// A request to switch protocols right behind another request. Its 101 comes before the response to the first, and passes
// for that: whoever shares the connection between people (a proxy in front) hands one the answer of the other.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, parseResponse, parseResponses, untilResponses } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, type RecordingBackend } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const upgrade = head('GET /switch', 'Connection: Upgrade', 'Upgrade: websocket');
const switching = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const slow = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow';

/** Answers `/slow` when it is told to. */
async function startBackend(t: Parameters<typeof createRecordingBackend>[0]): Promise<RecordingBackend> {
  return createRecordingBackend(t, { respond: (text) => (text.includes('/switch') ? switching : undefined) });
}

test('behind a request without answer it is not looked at, and the answer comes whole', async (t) => {
  const backend = await startBackend(t);
  const front = await startFront(t, certificates, {
    server: { lane: 'standard' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const client = await front.connect();
  client.send(head('GET /slow') + upgrade);
  await front.gateway.lineWhere(({ msg }) => msg.includes('switch protocols'));
  await backend.untilHeads(1);
  backend.connections[0]?.socket.write(slow);
  assert.equal(parseResponse(await client.closed).body, 'slow');
  assert.equal(backend.heads.length, 1);
});

test('a lane that serves one request after the other looks at it when the answer has gone', async (t) => {
  const backend = await startBackend(t);
  const front = await startFront(t, certificates, {
    server: { lane: 'express' },
    routes: [{ path: '/', upstream: backend.url }],
  });
  const client = await front.connect();
  client.send(head('GET /slow') + upgrade);
  await backend.untilHeads(1);
  assert.equal(backend.heads.length, 1);
  backend.connections[0]?.socket.write(slow);
  await client.until('101 Switching Protocols');
  assert.deepEqual(
    parseResponses(client.received).map(({ status, body }) => [status, body]),
    [
      [200, 'slow'],
      [101, ''],
    ],
  );
});

test('behind a refused request it is not looked at', async (t) => {
  const backend = await startBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  assert.equal(parseResponse(await front.exchange(head('GET /', 'Host: other') + upgrade)).status, 400);
  assert.equal(backend.received, '');
});

test('behind an answered request it is served', async (t) => {
  const backend = await startBackend(t);
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(head('GET /slow'));
  await backend.untilHeads(1);
  backend.connections[0]?.socket.write(slow);
  await untilResponses(client, 1);
  client.send(upgrade);
  await client.until('101 Switching Protocols');
  assert.deepEqual(
    parseResponses(client.received).map(({ status }) => status),
    [200, 101],
  );
});
