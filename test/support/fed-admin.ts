// A process of its own: an observer and an admin listener, fed with requests and refusals without sockets, so that a hundred
// thousand of them take a second. Prints, as JSON, the live heap in bytes before and after.
//
// Run with `--expose-gc` and the file of a certificate.

import net from 'node:net';
import { pino } from 'pino';
import { createAdmin } from '../../src/admin/admin.ts';
import type { AdminSource } from '../../src/admin/source.ts';
import { createObserver } from '../../src/gateway/observe/observer.ts';
import type { Report } from '../../src/gateway/status/report.ts';
import type { Certificate } from '../../src/x509/certificate.ts';
import { verifyErrors } from '../../src/x509/verify-error.ts';
import { askAdmin } from './ask-admin.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makeHead,
  makePermit,
  readCertificate,
  verified,
} from './exchange.ts';

const fed = 100_000;
const warm = 20_000;

const log = pino({ level: 'silent' });
const observer = createObserver({ accessLogs: [], log });
const alice = readCertificate(process.argv[2] ?? '');
/** Everybody is somebody else. */
const somebody = (sha256: string): Certificate =>
  new Proxy({} as Certificate, { get: (_, key) => (key === 'sha256' ? sha256 : Reflect.get(alice, key)) });

const source: AdminSource = {
  report: async (after): Promise<Report> => ({
    observation: observer.recorder.observation(after),
    credentials: [],
    reasons: [],
    upstreams: [],
    configuration: { file: '', text: '', loadedAtMs: 0 },
    addresses: [],
    processes: [],
  }),
  subscribe: (listener) => observer.recorder.subscribe(listener),
  reload: async () => ({ atMs: 0, result: 'succeeded', message: '' }),
};

const admin = await createAdmin({
  config: {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 0, proxyProtocol: false, http2: false, key: '127.0.0.1:0' },
    allowedHosts: [],
    clientMetrics: true,
  },
  credentials: undefined,
  version: '0.0.0-test',
  now: () => Date.now(),
  ...{ source, log },
});

function feed(index: number): void {
  const certificate = somebody(index.toString(16).padStart(64, '0'));
  const connection = makeConnection({ client: { address: `192.0.2.${index % 256}`, port: index % 65_536 } });
  const head = makeHead([], { target: `/path-${index}?token=${index}` });
  const authentication = verified(certificate);
  const facts = { id: String(index), connection, head, startedAtMs: Date.now(), durationMs: index % 1000 };
  observer.connectionOpened(connection, authentication);
  observer.exchangeBegun();
  observer.exchangeFinished(makeExchange({ ...facts, decision: makePermit({ authentication }), status: 200 }));
  observer.exchangeBegun();
  observer.exchangeFinished(makeExchange({ ...facts, decision: makeDenial({ authentication }), status: 403 }));
  observer.connectionClosed(connection);
  observer.connectionRefused({
    code: 'client-certificate-invalid',
    reason: 'certificate has expired',
    client: connection.client,
    listener: connection.listener,
    server: 'a',
    serverName: `name-${index}.example`,
    verifyError: verifyErrors.CERT_HAS_EXPIRED,
    certificate,
  });
}

async function feedAll(count: number, from: number): Promise<void> {
  for (let index = from; index < from + count; index += 1) {
    feed(index);
    // As if ten minutes went by, so that the history fills; and so that streams are written.
    if (index % 20 === 0) observer.recorder.tick(Date.now() + index * 50);
    if (index % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const path of ['/metrics', '/api/snapshot']) await askAdmin(admin.url, path);
}

function liveHeap(): number {
  for (let times = 0; times < 3; times += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Asks for events and reads none of them. */
const stalled = net.connect(Number(new URL(admin.url).port), '127.0.0.1');
stalled.pause();
stalled.write(`GET /api/events HTTP/1.1\r\nHost: ${new URL(admin.url).host}\r\n\r\n`);

await feedAll(warm, 0);
const before = liveHeap();
await feedAll(fed, warm);
const after = liveHeap();
const { counters, clients, refusals } = observer.recorder.observation();
process.stdout.write(
  `${JSON.stringify({
    before,
    after,
    requests: Object.values(counters.requests).reduce((sum, count) => sum + count, 0),
    clients: clients.entries.length,
    refusals: refusals.length,
    text: (await askAdmin(admin.url, '/metrics')).text.length,
  })}\n`,
);
process.exit(0);
