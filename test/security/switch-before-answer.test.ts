// A proxy that tells the client of a switch of protocols before the backend has agreed lets it believe in a connection that
// is not there, and has to hold whatever it sends meanwhile.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { untilLeft } from '../support/backend-connections.ts';
import { head, parseResponse, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, headerLines } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

const lines = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: AA=='];
const upgrade = head('GET /', ...lines, 'Sec-WebSocket-Extensions: x-test');

test('the client hears nothing before the backend has answered, and then exactly that', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  client.send(upgrade);
  await backend.untilHeads(1);
  assert.equal(client.received, '');
  // Nothing is offered that the client has not.
  const received = headerLines(backend.heads[0] as string);
  assert.deepEqual(valuesOf(received, 'sec-websocket-extensions'), ['x-test']);
  backend.connections[0]?.socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: BB==\r\n\r\n',
  );
  const answer = await client.until('\r\n\r\n');
  assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.deepEqual(valuesOf(answer.split('\r\n'), 'sec-websocket-accept'), ['BB==']);
  assert.deepEqual(valuesOf(answer.split('\r\n'), 'sec-websocket-extensions'), []);
});

test('a backend that never answers, or hangs up, is an ordinary failure', async (t) => {
  const silent = await createRecordingBackend(t, { respond: () => undefined });
  const rude = await createRecordingBackend(t, {
    respond: (_head, socket) => {
      socket.destroy();
      return undefined;
    },
  });
  const front = await startFront(t, certificates, {
    routes: [
      { path: '/', upstream: silent.url, responseTimeout: '100ms' },
      { path: '/rude', upstream: rude.url },
    ],
  });
  const late = parseResponse(await front.exchange(`${upgrade}sent ahead`));
  assert.equal(late.status, 504);
  await Promise.all(silent.connections.map(untilLeft));
  assert.doesNotMatch(silent.received, /sent ahead/);
  const gone = parseResponse(await front.exchange(upgrade.replace('GET /', 'GET /rude')));
  assert.equal(gone.status, 502);
});
