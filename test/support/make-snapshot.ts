// Snapshots that a test makes up: the same for the same seed, as busy and as hostile as it is told.

import { createHash } from 'node:crypto';
import type {
  AltNameFacts,
  CertificateEntry,
  CertificateFacts,
  ClientSeen,
  History,
  RefusalEntry,
  Snapshot,
} from '../../src/admin/snapshot.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

export interface SnapshotOptions {
  readonly nowMs?: number;
  readonly clients?: number;
  readonly refusals?: number;
  /** Mean of a second. */
  readonly requestsPerSecond?: number;
  readonly historySeconds?: number;
  /** Certificates about to end, an upstream down, a reload that failed. */
  readonly trouble?: boolean;
  /** Names that want to be markup, endless, or read backwards. */
  readonly hostile?: boolean;
  readonly seed?: number;
}

/** A generator of numbers from 0 to 1 (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const names: AltNameFacts = { dns: [], email: [], uri: [], ip: [] };

export function makeCertificateFacts(
  subject: string,
  nowMs: number,
  options: Partial<CertificateFacts> = {},
): CertificateFacts {
  const sha256 = createHash('sha256').update(subject).digest('hex');
  return {
    subject,
    issuer: 'CN=Company B Clients CA,O=Company B',
    altNames: names,
    serial: sha256.slice(0, 32).toUpperCase(),
    sha256,
    notBeforeMs: nowMs - 100 * day,
    notAfterMs: nowMs + 265 * day,
    ...options,
  };
}

export const hostileSubjects: readonly string[] = [
  'CN=<img src=x onerror=alert(1)>,O=<script>alert(2)</script>',
  `CN=${'very-long-name-'.repeat(40)},O=Company A`,
  'CN=evil\u202egpj.exe,O=Company\u0000 A',
  'CN="><svg/onload=alert(3)>,OU=\\,comma\\,,O=a=b',
];

function makeHistory(nowMs: number, seconds: number, rate: number, random: () => number): History {
  const times = Array.from({ length: seconds }, (_, index) => index);
  const requests = times.map((index) => {
    const wave = 1 + 0.35 * Math.sin(index / 47) + 0.15 * Math.sin(index / 11);
    return Math.round(rate * wave * (0.85 + 0.3 * random()));
  });
  const p50Ms = requests.map((count) => (count === 0 ? null : 1.6 + 0.5 * random() + rate / 900));
  return {
    firstSecond: Math.floor(nowMs / second) - seconds,
    requests,
    refusals: requests.map((count) => (random() > 0.82 ? Math.ceil(count * 0.04 * random()) : 0)),
    p50Ms,
    p99Ms: p50Ms.map((value) => (value === null ? null : value * (3 + 2.5 * random() + (random() > 0.985 ? 9 : 0)))),
    connections: requests.map((count) => Math.round(count * 0.6)),
    bytesReceived: requests.map((count) => count * 310),
    bytesSent: requests.map((count) => count * 5200),
  };
}

function makeClient(index: number, subject: string, nowMs: number, random: () => number): ClientSeen {
  const ends = index % 17 === 3 ? 6 * day : (40 + random() * 700) * day;
  const requests = Math.round(10 ** (1 + 4 * random()));
  const denials = index % 7 === 2 ? Math.round(random() * 40) + 1 : 0;
  const altNames = {
    ...names,
    dns: index % 3 === 0 ? [`node-${index}.company-a.example`] : [],
    uri: index % 4 === 1 ? [`spiffe://company-a.example/ns/prod/sa/worker-${index}`] : [],
  };
  const seen = nowMs - Math.round(index * index * 900 * random());
  return {
    certificate: makeCertificateFacts(subject, nowMs, { altNames, notAfterMs: nowMs + ends }),
    firstSeenAtMs: nowMs - 3 * day,
    lastSeenAtMs: seen,
    lastAddress: `192.0.2.${(index * 7) % 250}`,
    lastServer: 'service1.company-b.example',
    requests,
    denials,
    lastDenial:
      denials === 0 ? null : { atMs: seen - hour, code: 'not-allowed', reason: 'no rule of route "/admin" allows it' },
  };
}

const kinds: readonly Partial<RefusalEntry>[] = [
  {
    kind: 'request',
    code: 'not-allowed',
    title: 'Not allowed by a rule',
    reason: 'no rule of route "/orders" allows subject CN=billing-7,O=Company X',
    explanation: 'The certificate is genuine, but no rule of the route lets its holder in.',
    whatToDo: 'If this client should get in, add an allow rule for it to the route /orders; otherwise nothing.',
    status: 403,
    method: 'GET',
    path: '/orders/2026/117',
    route: '/orders',
  },
  {
    kind: 'connection',
    code: 'client-certificate-missing',
    title: 'No certificate',
    reason: 'the client sent no certificate',
    explanation: 'Everybody who calls this server has to show a certificate, and this client showed none.',
    whatToDo: 'The client has to be configured with its certificate and key: with curl, --cert and --key.',
    certificate: null,
    status: null,
  },
  {
    kind: 'connection',
    code: 'client-certificate-invalid',
    title: 'Certificate not valid',
    reason: 'certificate has expired (depth 0)',
    explanation: 'The certificate of this client ended 3 days ago. It may well be who it says it is.',
    whatToDo: 'The client needs a new certificate from the CA. Its operator can ask for one with the same key.',
    verifyError: 'certificate has expired',
    depth: 0,
    status: null,
  },
  {
    kind: 'request',
    code: 'upstream-unreachable',
    fault: 'upstream',
    title: 'Upstream not reachable',
    reason: 'connect ECONNREFUSED 127.0.0.1:3001',
    explanation: 'The client was admitted, but the service behind the gateway did not take the connection.',
    whatToDo: 'See whether the service at 127.0.0.1:3001 runs, and listens there.',
    status: 502,
    method: 'POST',
    path: '/reports',
    route: '/reports',
    upstream: 'http://127.0.0.1:3001',
  },
];

export function makeRefusal(index: number, atMs: number, options: Partial<RefusalEntry> = {}): RefusalEntry {
  const kind = kinds[index % kinds.length];
  return {
    id: `0.${100_000 - index}`,
    atMs,
    kind: 'request',
    code: 'not-allowed',
    title: 'Not allowed by a rule',
    fault: 'client',
    reason: '',
    explanation: '',
    whatToDo: '',
    address: `198.51.100.${(index * 13) % 250}`,
    port: 40_000 + ((index * 71) % 20_000),
    serverName: 'service1.company-b.example',
    host: 'service1.company-b.example',
    server: 'service1.company-b.example',
    route: null,
    rule: null,
    requestId: kind?.kind === 'connection' ? null : createHash('md5').update(String(index)).digest('hex'),
    method: null,
    path: null,
    status: null,
    upstream: null,
    certificate: makeCertificateFacts(`CN=billing-${index % 9},O=Company X`, atMs),
    verifyError: null,
    depth: null,
    ...kind,
    ...options,
  };
}

function makeCertificates(nowMs: number, trouble: boolean): CertificateEntry[] {
  const entry = (
    kind: CertificateEntry['kind'],
    name: string,
    file: string,
    usedBy: string[],
    span: readonly [begin: number, end: number | null],
    revoked: number | null = null,
  ): CertificateEntry => {
    const end = span[1] === null ? null : nowMs + span[1] * day;
    const notBeforeMs = nowMs + span[0] * day;
    const warnAt = kind === 'crl' ? 2 : 21;
    const state = span[1] === null ? 'good' : span[1] < 0 ? 'ended' : span[1] < warnAt ? 'ends-soon' : 'good';
    const certificate =
      kind === 'crl'
        ? null
        : makeCertificateFacts(name, nowMs, {
            notBeforeMs,
            notAfterMs: end ?? nowMs,
            issuer: 'CN=Root CA,O=Company B',
            altNames: kind === 'server' ? { ...names, dns: ['service1.company-b.example'] } : names,
          });
    return {
      kind,
      name,
      file,
      usedBy,
      notBeforeMs,
      notAfterMs: end,
      daysLeft: span[1] === null ? null : Math.floor(span[1]),
      state,
      certificate,
      revoked,
    };
  };
  const one = 'server service1.company-b.example';
  const all = [
    entry(
      'crl',
      'CN=Company B Clients CA,O=Company B',
      '/etc/mutual/certs/clients.crl',
      [one],
      trouble ? [-30, -0.2] : [-3, 27],
      14,
    ),
    entry(
      'server',
      'CN=service1.company-b.example,O=Company B',
      '/etc/mutual/certs/server.crt',
      [one],
      trouble ? [-80, 9.4] : [-20, 70.6],
    ),
    entry(
      'upstream-client',
      'CN=gateway,O=Company B',
      '/etc/mutual/certs/gateway.crt',
      ['upstream orders'],
      [-200, 165],
    ),
    entry('client-ca', 'CN=Company B Clients CA,O=Company B', '/etc/mutual/certs/clients-ca.crt', [one], [-400, 3250]),
    entry('upstream-ca', 'CN=Root CA,O=Company B', '/etc/mutual/certs/root.crt', ['upstream orders'], [-900, 2750]),
  ];
  return all.sort((a, b) => (a.notAfterMs ?? Infinity) - (b.notAfterMs ?? Infinity));
}

export function makeSnapshot(options: SnapshotOptions = {}): Snapshot {
  const { nowMs = Date.now(), clients = 12, refusals = 24, requestsPerSecond = 320, historySeconds = 600 } = options;
  const { trouble = false, hostile = false, seed = 7 } = options;
  const random = seeded(seed);
  const history = makeHistory(nowMs, historySeconds, requestsPerSecond, random);
  const requests = history.requests.reduce((sum, count) => sum + count, 0) * 23;
  const startedAtMs = nowMs - 3 * hour - 12 * minute;
  const subjects = Array.from(
    { length: clients },
    (_, index) => `CN=client-${index},OU=Unit ${index % 5},O=Company ${'ABC'[index % 3]}`,
  );
  const entries = [...(hostile ? hostileSubjects : []), ...subjects].map((subject, index) =>
    makeClient(index, subject, nowMs, random),
  );
  const refused = Array.from({ length: refusals }, (_, index) => {
    const subject = hostile ? hostileSubjects[index % hostileSubjects.length] : undefined;
    const certificate =
      subject === undefined
        ? {}
        : {
            certificate: makeCertificateFacts(subject, nowMs),
            reason: `no rule allows ${subject}`,
            path: '/"><img src=x onerror=alert(4)>',
          };
    return makeRefusal(index, nowMs - 4 * second - index * index * 700, certificate);
  });
  const counts = [812, 441, 97, 12];
  const last = (values: readonly (number | null)[]): number | null => values.at(-1) ?? null;
  const busy = requestsPerSecond > 0;
  return {
    format: 1,
    takenAtMs: nowMs,
    program: {
      version: '0.1.0',
      nodeVersion: '24.21.0',
      opensslVersion: '3.5.2',
      startedAtMs,
      uptimeSeconds: Math.floor((nowMs - startedAtMs) / second),
      addresses: [
        { url: 'https://0.0.0.0:8443', servers: ['service1.company-b.example'] },
        { url: 'http://127.0.0.1:8080', servers: ['127.0.0.1:8080'] },
      ],
    },
    readiness: trouble
      ? {
          ready: false,
          reasons: [
            {
              code: 'crl-expired',
              text: 'The revocation list /etc/mutual/certs/clients.crl of CN=Company B Clients CA,O=Company B has expired: publish a fresh one; until then its clients are refused.',
            },
          ],
        }
      : { ready: true, reasons: [] },
    now: {
      windowSeconds: 10,
      requestsPerSecond: busy ? requestsPerSecond * 1.012 : 0,
      refusalsPerSecond: refusals === 0 ? 0 : 0.4,
      p50Ms: last(history.p50Ms),
      p99Ms: last(history.p99Ms),
      bytesReceivedPerSecond: requestsPerSecond * 310,
      bytesSentPerSecond: requestsPerSecond * 5200,
      openConnections: last(history.connections) ?? 0,
      requestsInFlight: busy ? 3 : 0,
    },
    totals: {
      requests,
      requestsByStatus: { '1xx': 0, '2xx': requests, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 },
      refusals: refusals === 0 ? 0 : 1362,
      connectionsOpened: Math.round(requests / 40),
      handshakes: { full: Math.round(requests / 60), resumed: Math.round(requests / 120), failed: 538 },
      bytesReceived: requests * 310,
      bytesSent: requests * 5200,
    },
    history,
    connections: [
      {
        server: 'service1.company-b.example',
        open: last(history.connections) ?? 0,
        opened: Math.round(requests / 50),
        refused: 538,
        isTls: true,
      },
      { server: '127.0.0.1:8080', open: 2, opened: 90, refused: 0, isTls: false },
    ],
    refusalsByReason:
      refusals === 0
        ? []
        : kinds.map((kind, index) => ({
            code: kind.code ?? 'internal',
            title: kind.title ?? '',
            fault: kind.fault ?? 'client',
            count: counts[index] ?? 0,
            lastAtMs: nowMs - 4 * second - index * index * 700,
          })),
    clients: { entries, capacity: 1000, forgotten: 0 },
    refusals: { entries: refused, capacity: 200 },
    certificates: makeCertificates(nowMs, trouble),
    upstreams: [
      {
        name: 'orders',
        balance: 'least-connections',
        usedBy: ['service1.company-b.example /orders', 'service1.company-b.example /'],
        servers: [1, 2, 3].map((number) => ({
          url: `https://orders-${number}.company-b.example:8443`,
          up: !(trouble && number === 2),
          why: trouble && number === 2 ? 'connect ECONNREFUSED 10.0.0.2:8443; asked again in 8 s' : null,
          backup: number === 3,
          weight: number === 1 ? 2 : 1,
          inFlight: number,
          idleConnections: 12 * number,
          requests: Math.round(requests / number / 3),
          errors: number === 2 ? 57 : 0,
          lastError:
            number === 2
              ? { atMs: nowMs - minute, code: 'upstream-unreachable', text: 'connect ECONNREFUSED 10.0.0.2:8443' }
              : null,
          lastAnswerAtMs: nowMs - number * 300,
        })),
      },
      {
        name: 'http://127.0.0.1:3001',
        balance: 'round-robin',
        usedBy: ['service1.company-b.example /reports'],
        servers: [
          {
            url: 'http://127.0.0.1:3001',
            up: true,
            why: null,
            backup: false,
            weight: 1,
            inFlight: 0,
            idleConnections: 4,
            requests: 1204,
            errors: 0,
            lastError: null,
            lastAnswerAtMs: nowMs - 2 * minute,
          },
        ],
      },
    ],
    configuration: {
      file: '/etc/mutual/mutual.yaml',
      text: configurationText,
      loadedAtMs: nowMs - 40 * minute,
      reloads: { succeeded: 3, failed: trouble ? 1 : 0 },
      lastReload: trouble
        ? {
            atMs: nowMs - 3 * minute,
            result: 'failed',
            message:
              'mutual.yaml:17:9: servers[0].routes[0].upstraem: unknown key; did you mean `upstream`?\nmutual.yaml:30:3: log.level: one of trace, debug, info, warn, error, silent is expected',
          }
        : { atMs: nowMs - 40 * minute, result: 'succeeded', message: 'server.crt has changed and is in use' },
    },
    processes: [
      {
        pid: 4711,
        worker: 0,
        startedAtMs,
        eventLoopLagMs: { mean: 0.4, p99: 2.1, max: 7.8 },
        eventLoopUtilization: busy ? 0.31 : 0.01,
        memory: { rss: 131_400_000, heapUsed: 41_800_000, heapTotal: 63_000_000, external: 7_200_000 },
        openConnections: last(history.connections) ?? 0,
        requests,
      },
    ],
  };
}

const configurationText = `servers:
  - listen: 0.0.0.0:8443
    names: [service1.company-b.example]
    tls:
      certificate: /etc/mutual/certs/server.crt
      key: /etc/mutual/certs/server.key
      protocols: [TLSv1.2, TLSv1.3]
      clients:
        verify: required
        ca: /etc/mutual/certs/clients-ca.crt
        crl: [/etc/mutual/certs/clients.crl]
        refuse: handshake
    identityHeaders: [nginx]
    routes:
      - path: /orders
        allow:
          - { organization: Company A, commonName: 'client-*' }
        upstream: orders
      - path: /reports
        upstream: http://127.0.0.1:3001
upstreams:
  orders:
    balance: least-connections
    servers:
      - { url: 'https://orders-1.company-b.example:8443', weight: 2 }
      - { url: 'https://orders-2.company-b.example:8443' }
      - { url: 'https://orders-3.company-b.example:8443', backup: true }
log:
  level: info
  access: combined
admin:
  listen: 127.0.0.1:9901
`;
