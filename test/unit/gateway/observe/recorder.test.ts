import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FeedEvent } from '../../../../src/gateway/observe/feed.ts';
import { toldPerSecond } from '../../../../src/gateway/observe/feed.ts';
import { createRecorder, mergeObservations } from '../../../../src/gateway/observe/recorder.ts';
import { refusalsKept } from '../../../../src/gateway/observe/refusal-record.ts';
import { verifyErrors } from '../../../../src/x509/verify-error.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makeHead,
  makePermit,
  readCertificate,
  rejected,
  verified,
} from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const alice = readCertificate(makeCertificate(directory, { ca, name: 'alice', subject: '/CN=alice' }).certificate);

const startMs = Date.UTC(2026, 10, 23, 15, 0, 0);
const now = (): number => startMs;
const facts = { startedAtMs: startMs, durationMs: 2, status: 200 };
const served = makeExchange({ ...facts, decision: makePermit({ authentication: verified(alice) }) });
const denied = makeExchange({
  ...facts,
  status: 403,
  decision: makeDenial({ authentication: verified(alice), rule: 'commonName "x"' }),
  head: makeHead([], { method: 'POST', target: '/a?token=planted' }),
});

test('a request is counted, its client is seen, and nothing is told while nobody listens', () => {
  const recorder = createRecorder(now);
  recorder.connectionOpened(served.connection, verified(alice));
  recorder.exchangeBegun();
  recorder.exchangeFinished(served);
  recorder.tick(startMs + 1000);
  const { counters, clients, seconds, refusals } = recorder.observation();
  assert.equal(counters.requests['2xx'], 1);
  assert.equal(clients.entries[0]?.certificate.subject, 'CN=alice');
  assert.deepEqual([seconds.seconds[0]?.requests, seconds.seconds[0]?.connections], [1, 1]);
  assert.deepEqual(refusals, []);
});

test('a denial is among the last refusals, with everything but secrets, and counts for its client', () => {
  const recorder = createRecorder(now);
  recorder.exchangeFinished(denied);
  const { refusals, clients, seconds } = recorder.observation();
  const { id, certificate, ...rest } = refusals[0] ?? assert.fail();
  assert.match(id, /^\d+\.1$/);
  assert.equal(certificate?.sha256, alice.sha256);
  assert.deepEqual(rest, {
    atMs: startMs + 2,
    kind: 'request',
    code: 'not-allowed',
    reason: 'no rule of the route admits this client',
    address: '192.0.2.10',
    port: 50_123,
    serverName: 'service1.company-b.example',
    host: 'service1.company-b.example',
    server: 'service1.company-b.example',
    route: '/',
    rule: 'commonName "x"',
    requestId: denied.id,
    method: 'POST',
    path: '/a?token=…',
    status: 403,
    upstream: null,
    verifyError: null,
    advice: null,
    depth: null,
  });
  assert.equal(clients.entries[0]?.denials, 1);
  assert.deepEqual(seconds.seconds, []);
});

test('a refused connection is told with its certificate, what was wrong and at which depth', () => {
  const recorder = createRecorder(() => alice.notAfter.getTime() + 5000);
  const refusal = { client: { address: '192.0.2.1', port: 5 }, listener: 'x', server: 'a', serverName: 'a.example' };
  const verifyError = verifyErrors.CERT_HAS_EXPIRED;
  recorder.connectionRefused({
    ...refusal,
    code: 'client-certificate-invalid',
    reason: verifyError.text,
    verifyError,
    certificate: alice,
  });
  recorder.connectionRefused({ ...refusal, code: 'handshake-timeout', reason: 'slow' });
  const [last, first] = recorder.observation().refusals;
  assert.deepEqual([last?.code, last?.certificate, last?.depth], ['handshake-timeout', null, null]);
  assert.deepEqual(
    [first?.kind, first?.verifyError, first?.advice, first?.depth, first?.certificate?.subject],
    ['connection', 'certificate has expired', verifyError.advice, 0, 'CN=alice'],
  );
});

test('of a certificate that is itself in date the fault lies somewhere above', () => {
  const recorder = createRecorder(now);
  const decision = makeDenial({
    code: 'client-certificate-invalid',
    authentication: rejected('CERT_HAS_EXPIRED', alice),
  });
  recorder.exchangeFinished(makeExchange({ ...facts, startedAtMs: alice.notBefore.getTime() + 1, decision }));
  assert.equal(recorder.observation().refusals[0]?.depth, null);
});

test('a client that went away is no refusal', () => {
  const recorder = createRecorder(now);
  const failure = { code: 'client-closed', reason: 'gone' } as const;
  recorder.exchangeFinished(makeExchange({ ...facts, status: 0, decision: makePermit(), failure }));
  assert.deepEqual(recorder.observation().refusals, []);
  assert.equal(recorder.observation().counters.refusals['client-closed'], 1);
});

test('the last refusals are the last ones', () => {
  const recorder = createRecorder(now);
  for (let index = 0; index < 2.5 * refusalsKept; index += 1) recorder.exchangeFinished({ ...denied, id: `${index}` });
  const ids = recorder.observation().refusals.map(({ requestId }) => Number(requestId));
  const last = 2.5 * refusalsKept - 1;
  assert.deepEqual(
    ids,
    Array.from({ length: refusalsKept }, (_, index) => last - index),
  );
});

test('those who listen are told of each, up to so many in a second, and of how many more there were', () => {
  const recorder = createRecorder(now);
  const told: FeedEvent[] = [];
  const end = recorder.subscribe((event) => told.push(event));
  for (let index = 0; index < toldPerSecond + 10; index += 1) recorder.exchangeFinished(denied);
  recorder.tick(startMs + 1000);
  recorder.reloaded({ atMs: 1, result: 'failed', message: 'no' });
  const count = (kind: FeedEvent['kind']): number => told.filter((event) => event.kind === kind).length;
  assert.deepEqual([count('request'), count('refusal'), count('reload')], [toldPerSecond, toldPerSecond, 1]);
  assert.deepEqual(told.find(({ kind }) => kind === 'omitted')?.data, { requests: 10, refusals: 10 });
  const [event] = told.filter(({ kind }) => kind === 'request');
  assert.deepEqual(event?.kind === 'request' && [event.data.subject, event.data.path, event.data.refused], [
    'CN=alice',
    '/a?token=…',
    'not-allowed',
  ]);
  end();
  recorder.exchangeFinished(denied);
  assert.equal(count('request'), toldPerSecond);
});

test('what several processes saw adds up, and can be sent from one to another', () => {
  const [one, other] = [createRecorder(now), createRecorder(now)];
  one.exchangeFinished(served);
  other.exchangeFinished(denied);
  other.reloaded({ atMs: 5, result: 'succeeded', message: 'x' });
  one.reloaded({ atMs: 4, result: 'succeeded', message: 'x' });
  const sent = [one, other].map((recorder) => JSON.parse(JSON.stringify(recorder.observation())));
  const merged = mergeObservations(sent);
  assert.deepEqual([merged.counters.requests['2xx'], merged.counters.requests['4xx']], [1, 1]);
  assert.equal(merged.clients.entries[0]?.requests, 2);
  assert.equal(merged.refusals.length, 1);
  assert.equal(merged.counters.reloads.succeeded, 1);
  assert.equal(merged.lastReload?.atMs, 5);
  assert.deepEqual(mergeObservations([sent[0]]), sent[0]);
});

test('connections of plain listeners are known by their address', () => {
  const recorder = createRecorder(now);
  recorder.connectionOpened(makeConnection({ tls: undefined }), { kind: 'absent' });
  assert.equal(recorder.observation().counters.servers[0]?.server, '127.0.0.1:8443');
});
