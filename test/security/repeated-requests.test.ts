// A gateway that sends a request again by itself doubles payments, and multiplies the load of a service that says that it
// has too much. What has been sent and may have been read is not sent twice.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { head, lastHead, parseResponse, untilResponses, valuesOf } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';
import { createRecordingBackend, okResponse, type Respond } from '../support/recording-backend.ts';

const certificates = makeCertificates({ after });

test('an answer of 503 is an answer, also with Retry-After: a hundred requests hit a hundred times', async (t) => {
  const overloaded = 'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 4\r\n\r\nbusy';
  const backend = await createRecordingBackend(t, { respond: () => overloaded });
  const front = await startFront(t, certificates, { routes: [{ path: '/', upstream: backend.url }] });
  const client = await front.connect();
  for (let index = 0; index < 100; index += 1) {
    client.send(head(`GET /${index}`));
    const response = (await untilResponses(client, index + 1))[index];
    assert.deepEqual([response?.status, response?.body], [503, 'busy']);
    assert.deepEqual(valuesOf(response?.headerLines ?? [], 'retry-after'), ['0']);
  }
  assert.deepEqual(
    backend.heads.map((text) => text.split(' ')[1]),
    Array.from({ length: 100 }, (_, index) => `/${index}`),
  );
});

const hangUp: Respond = (_head, socket) => {
  socket.destroy();
  return undefined;
};

test('a request that was sent and not answered is not sent to another server, unless that does no harm', async (t) => {
  const first = await createRecordingBackend(t, { respond: hangUp });
  const second = await createRecordingBackend(t, { respond: hangUp });
  const front = await startFront(t, certificates, {
    upstreams: { both: { servers: [first, second].map(({ url }) => ({ url, maxFails: 0 })) } },
    routes: [{ path: '/', upstream: 'both' }],
  });
  const hits = (): number => first.heads.length + second.heads.length;
  for (const request of [
    lastHead('POST /', 'Content-Length: 0'),
    `${lastHead('POST /', 'Content-Length: 4')}body`,
    lastHead('PATCH /', 'Content-Length: 0'),
    lastHead('UNLOCK /'),
    `${lastHead('PUT /', 'Content-Length: 4')}body`,
  ]) {
    const before = hits();
    assert.equal(parseResponse(await front.exchange(request)).status, 502);
    assert.equal(hits() - before, 1, request);
  }
  // At most once at each server.
  const before = hits();
  assert.equal(parseResponse(await front.exchange(lastHead('GET /'))).status, 502);
  assert.equal(hits() - before, 2);
});

test('a server that cannot be reached at all has not got the request: another one gets it, whatever it is', async (t) => {
  const dead = await createRecordingBackend(t);
  await dead.close();
  const alive = await createRecordingBackend(t);
  const front = await startFront(t, certificates, {
    upstreams: { both: { servers: [dead.url, alive.url] } },
    routes: [{ path: '/', upstream: 'both' }],
  });
  for (let index = 0; index < 4; index += 1) {
    const post = await front.exchange(`${lastHead('POST /', 'Content-Length: 4')}body`);
    assert.equal(parseResponse(post).status, 200);
  }
  assert.equal(alive.heads.length, 4);
  assert.equal(alive.received.match(/\r\n\r\nbody/g)?.length, 4);
});

test('a kept connection that the server has just closed fails no request that can be sent again', async (t) => {
  let answered = 0;
  const backend = await createRecordingBackend(t, {
    respond: (_head, socket, connection) => {
      // Each connection serves one request, and is closed when the second one comes.
      if (connection.received.match(/ HTTP\/1\.1\r\n/g)?.length === 2) {
        socket.destroy();
        return undefined;
      }
      answered += 1;
      return okResponse;
    },
  });
  const front = await startFront(t, certificates, {
    upstreams: { service1: { servers: [{ url: backend.url, maxFails: 0 }] } },
    routes: [{ path: '/', upstream: 'service1' }],
  });
  const client = await front.connect();
  client.send(head('GET /1'));
  await untilResponses(client, 1);
  client.send(head('GET /2'));
  assert.equal((await untilResponses(client, 2))[1]?.status, 200);
  // One that must not be sent again fails, once.
  client.send(head('POST /3', 'Content-Length: 0'));
  assert.equal((await untilResponses(client, 3))[2]?.status, 502);
  assert.equal(backend.heads.filter((text) => text.startsWith('POST')).length, 1);
  assert.equal(answered, 2);
});
