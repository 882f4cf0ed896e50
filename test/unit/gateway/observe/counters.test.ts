import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange } from '../../../../src/gateway/forward/exchange.ts';
import { refusalCode } from '../../../../src/gateway/forward/variables/response.ts';
import { sumOf } from '../../../../src/gateway/observe/counter-snapshot.ts';
import { createCounters } from '../../../../src/gateway/observe/counters.ts';
import { verifyErrors } from '../../../../src/x509/verify-error.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makePermit,
  makeRoute,
  makeServer,
} from '../../../support/exchange.ts';

const connection = makeConnection();
const server = 'service1.company-b.example';
const client = { address: '192.0.2.1', port: 1 };
const refusal = { client, listener: '127.0.0.1:8443', server, reason: 'x' };

function counted(exchanges: readonly Partial<Exchange>[]) {
  const counters = createCounters();
  for (const facts of exchanges) {
    const exchange = makeExchange(facts);
    counters.exchangeBegun();
    counters.exchangeFinished(exchange, refusalCode(exchange));
  }
  return counters;
}

test('connections are counted by server, and handshakes by how they went', () => {
  const counters = createCounters();
  counters.connectionOpened(connection);
  counters.connectionOpened(connection);
  counters.connectionClosed(connection);
  counters.connectionOpened(makeConnection({ tls: undefined, listener: '127.0.0.1:80' }));
  counters.connectionRefused({ ...refusal, code: 'handshake-timeout' }, 5);
  const verifyError = verifyErrors.CERT_HAS_EXPIRED;
  counters.connectionRefused({ ...refusal, code: 'client-certificate-invalid', verifyError }, 6);
  counters.connectionRefused({ ...refusal, code: 'client-certificate-invalid', verifyError, wasOpen: true }, 7);
  counters.connectionRefused({ ...refusal, code: 'too-many-connections', server: undefined }, 8);
  const { connections, handshakes, servers, refusals } = counters.snapshot();
  assert.deepEqual(connections, { opened: 3, closed: 1, refused: 4 });
  assert.deepEqual(handshakes, [
    { result: 'accepted', version: 'TLSv1.3', resumed: false, count: 2 },
    { result: 'failed', version: 'unknown', resumed: false, count: 1 },
    { result: 'refused', version: 'unknown', resumed: false, count: 1 },
  ]);
  assert.deepEqual(
    servers.map((one) => [one.server, one.isTls, one.opened, one.closed, one.refused]),
    [
      [server, true, 2, 1, 3],
      ['127.0.0.1:80', false, 1, 0, 0],
      ['127.0.0.1:8443', false, 0, 0, 1],
    ],
  );
  assert.deepEqual(servers[0]?.tlsRefusals, [
    { reason: 'handshake-timeout', count: 1 },
    { reason: 'certificate-has-expired', count: 2 },
  ]);
  assert.deepEqual(servers[2]?.tlsRefusals, []);
  assert.equal(servers[0]?.refusals[1]?.lastAtMs, 7);
  assert.deepEqual(refusals, {
    'handshake-timeout': 1,
    'client-certificate-invalid': 2,
    'too-many-connections': 1,
  });
});

test('requests are counted by server, route, lane and status', () => {
  const decision = makePermit();
  const bytes = { requestBodyBytes: 1, responseBodyBytes: 10 };
  const done = [200, 204, 301, 404, 502, 101].map((status) => ({
    decision,
    status,
    lane: 'standard' as const,
    ...bytes,
  }));
  const gone = { decision, status: 0, failure: { code: 'client-closed' as const, reason: 'gone' } };
  const denied = { decision: makeDenial(), status: 403 };
  const snapshot = counted([...done, { ...done[0] }, gone, denied]).snapshot();
  assert.deepEqual(snapshot.requests, { '1xx': 1, '2xx': 3, '3xx': 1, '4xx': 2, '5xx': 1, none: 1 });
  assert.equal(snapshot.requestsInFlight, 0);
  const [route] = snapshot.routes;
  assert.deepEqual(
    [snapshot.routes.length, route?.server, route?.route, route?.denials, route?.requestBodyBytes],
    [1, server, '/', 1, 7],
  );
  assert.deepEqual(route?.requests[0], { lane: 'standard', code: '200', count: 2 });
  assert.deepEqual(
    route?.requests.filter(({ lane }) => lane === 'none'),
    [
      { lane: 'none', code: '499', count: 1 },
      { lane: 'none', code: '403', count: 1 },
    ],
  );
  assert.equal(
    route?.duration.counts.reduce((a, b) => a + b, 0),
    9,
  );
});

test('statuses that nobody has defined are one series', () => {
  const decision = makePermit();
  const statuses = Array.from({ length: 100 }, (_, index) => ({ decision, status: 600 + index }));
  const [route] = counted(statuses).snapshot().routes;
  assert.deepEqual(route?.requests, [{ lane: 'none', code: '6xx', count: 100 }]);
});

test('a reload keeps the counts of a route that keeps its name', () => {
  const [one, ...more] = counted([{ decision: makePermit() }, { decision: makePermit() }]).snapshot().routes;
  assert.equal(one?.requests[0]?.count, 2);
  assert.deepEqual(more, []);
});

test('names without end become one series, and no request is lost', () => {
  const routes = Array.from({ length: 3000 }, (_, index) => makeRoute({ name: `/${index}` }));
  const exchanges = routes.map((route) => ({
    decision: makePermit({ route, server: makeServer(route) }),
    status: 200,
  }));
  const snapshot = counted(exchanges).snapshot();
  assert.equal(snapshot.routes.length, 2001);
  assert.equal(snapshot.routes.at(-1)?.route, '(other)');
  assert.equal(snapshot.requests['2xx'], 3000);
});

test('attempts at upstreams are counted by how they ended', () => {
  const decision = makePermit();
  const at = { upstream: 'service1', address: '127.0.0.1:3000', startedAtMs: 1000, responseBytes: 0 };
  const attempts = [
    { ...at, error: 'refused', errorCode: 'upstream-unreachable' as const, responseMs: 5 },
    { ...at, status: 200, responseMs: 20 },
  ];
  const [upstream] = counted([{ decision, attempts }]).snapshot().upstreams;
  assert.deepEqual([upstream?.answered, upstream?.failed, upstream?.lastAnswerAtMs], [1, 1, 1020]);
  assert.deepEqual(upstream?.lastError, { atMs: 1005, code: 'upstream-unreachable', text: 'refused' });
  assert.equal(upstream?.duration.sumSeconds, 0.02);
});

test('a snapshot does not change any more', () => {
  const counters = counted([{ decision: makePermit(), status: 200 }]);
  const before = counters.snapshot();
  const copy = structuredClone(before);
  const exchange = makeExchange({ decision: makePermit(), status: 200 });
  counters.exchangeBegun();
  counters.exchangeFinished(exchange, undefined);
  counters.connectionOpened(connection);
  counters.reloaded(true);
  assert.deepEqual(before, copy);
});

test('the sum of one is itself, and of several what one process would have counted', () => {
  const facts = [
    { decision: makePermit(), status: 200, requestBodyBytes: 3, durationMs: 2 },
    { decision: makeDenial(), status: 403, durationMs: 8 },
    { decision: makePermit({ route: makeRoute({ name: '/b' }) }), status: 200, durationMs: 4 },
  ];
  const whole = counted(facts).snapshot();
  assert.deepEqual(sumOf([whole]), whole);
  const parts = facts.map((one) => counted([one]).snapshot());
  assert.deepEqual(sumOf(structuredClone(parts)), whole);
  assert.deepEqual(sumOf([]).requests, { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 });
});
