// How many connections there may be, and how much may go over each. What slow clients and large heads are refused with
// has its tests among the attacks.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, test } from 'node:test';
import {
  head,
  lastHead,
  parseResponse,
  parseResponses,
  untilResponses,
  valuesOf,
} from '../../support/http-messages.ts';
import { type Front, makeCertificates, startFront } from '../../support/mutual-tls.ts';

const certificates = makeCertificates({ after });
const routes = [{ path: '/', respond: { body: '$connection_requests' } }];

test('maxConnections is a limit for all addresses together, and a place that is given back can be had', async (t) => {
  const front = await startFront(t, certificates, { routes, limits: { maxConnections: 2 } });
  const first = await front.connect();
  const half = net.connect({ port: front.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
  t.after(() => half.destroy());
  await once(half, 'connect');
  // Seen by the gateway for certain once it has answered the connection before it.
  first.send(head('GET /'));
  await untilResponses(first, 1);
  await assert.rejects(front.connect(), { code: 'ECONNRESET' });
  const line = await front.gateway.lineWhere(({ code }) => code === 'too-many-connections');
  assert.equal(line.level, 40);
  first.socket.end();
  await first.closed;
  await served(front);
});

/** Asks until there is a place: it is given back a moment after the client has seen its connection closed. */
async function served(front: Front): Promise<void> {
  for (;;) {
    const client = await front.connect().catch(() => undefined);
    client?.send(lastHead('GET /'));
    const text = (await client?.closed) ?? '';
    if (text !== '') return assert.equal(parseResponse(text).status, 200);
  }
}

test('a reload changes the number of connections that there may be', async (t) => {
  const front = await startFront(t, certificates, { routes, limits: { maxConnections: 1 } });
  const first = await front.connect();
  first.send(head('GET /'));
  await untilResponses(first, 1);
  await assert.rejects(front.connect(), { code: 'ECONNRESET' });
  const { servers } = JSON.parse(readFileSync(front.gateway.configFile, 'utf8'));
  assert.ok(
    await front.gateway.reconfigure(JSON.stringify({ servers, limits: { maxConnections: 2 }, log: { access: 'off' } })),
  );
  const second = await front.connect();
  second.send(lastHead('GET /'));
  assert.equal(parseResponse(await second.closed).status, 200);
});

test('maxRequestsPerConnection closes a connection after its last request, which is still answered', async (t) => {
  const front = await startFront(t, certificates, { routes, limits: { maxRequestsPerConnection: 3 } });
  const client = await front.connect();
  for (let n = 1; n <= 3; n += 1) {
    client.send(head('GET /'));
    const responses = await untilResponses(client, n);
    assert.equal(responses.at(-1)?.body, String(n));
    const connection = valuesOf(responses.at(-1)?.headerLines ?? [], 'connection');
    assert.deepEqual(connection, [n === 3 ? 'close' : 'keep-alive']);
  }
  assert.equal(parseResponses(await client.closed).length, 3);
});

test('requests that are sent all at once beyond it are not served', async (t) => {
  const front = await startFront(t, certificates, { routes, limits: { maxRequestsPerConnection: 2 } });
  const client = await front.connect();
  client.send(head('GET /').repeat(5));
  const responses = parseResponses(await client.closed);
  assert.deepEqual(
    responses.map(({ status, body }) => [status, body]),
    [
      [200, '1'],
      [200, '2'],
    ],
  );
});
