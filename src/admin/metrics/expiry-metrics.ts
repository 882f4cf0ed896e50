// Metrics of what runs out some day.

import type { CredentialItem, CredentialKind } from '../../gateway/status/credential-items.ts';
import type { Labels, MetricDefinition, MetricFacts } from './definition.ts';

type Sample = { readonly labels: Labels; readonly value: number };

export const expiryMetrics: readonly MetricDefinition[] = [
  {
    name: 'mutual_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When a certificate ends (notAfter), in Unix time',
    labels: {
      kind: '`server`, `client-ca`, `upstream-client`, `upstream-ca`; `client`: of those seen and not expired',
      name:
        'The server or upstream that shows it; of a CA its file; of clients `(first to expire)`, or with `clientMetrics` ' +
        'the subject of each',
    },
    read: (facts) => [
      ...ofUsers(facts, 'server'),
      ...ofUsers(facts, 'upstream-client'),
      ...ofFiles(facts, 'client-ca'),
      ...ofFiles(facts, 'upstream-ca'),
      ...ofClients(facts),
    ],
  },
  {
    name: 'mutual_crl_next_update_timestamp_seconds',
    type: 'gauge',
    help: 'When a revocation list runs out (nextUpdate), in Unix time; there is no series of one that never does',
    labels: { name: 'Its file' },
    read: (facts) => ofFiles(facts, 'crl').map(({ labels: { name = '' }, value }) => ({ labels: { name }, value })),
  },
  {
    name: 'mutual_clients_seen',
    type: 'gauge',
    help: 'Different client certificates that are remembered, refused ones included',
    labels: {},
    read: ({ report }) => [{ labels: {}, value: report.observation.clients.entries.length }],
  },
];

const itemsOf = ({ report }: MetricFacts, kind: CredentialKind): readonly CredentialItem[] =>
  report.credentials.filter((item) => item.kind === kind);

/** A certificate is known by who shows it; of two that the same one shows (it never does) the first to end. */
function ofUsers(facts: MetricFacts, kind: CredentialKind): Sample[] {
  const byName = new Map<string, number>();
  for (const { usedBy, notAfterMs } of itemsOf(facts, kind)) {
    for (const user of usedBy) {
      const name = user.replace(/^(?:server|upstream) /, '');
      byName.set(name, Math.min(byName.get(name) ?? Number.POSITIVE_INFINITY, seconds(notAfterMs)));
    }
  }
  return [...byName].map(([name, value]) => ({ labels: { kind, name }, value }));
}

/** By their file, since a name may stand for a person or a firm; several of one file are numbered. */
function ofFiles(facts: MetricFacts, kind: CredentialKind): Sample[] {
  const byFile = Map.groupBy(itemsOf(facts, kind), ({ file }) => file);
  return [...byFile].flatMap(([file, items]) =>
    items.flatMap(({ notAfterMs, certificate }, index) => {
      const part = certificate?.sha256.slice(0, 8) ?? String(index + 1);
      const name = items.length === 1 ? file : `${file}#${part}`;
      return notAfterMs === null ? [] : [{ labels: { kind, name }, value: seconds(notAfterMs) }];
    }),
  );
}

function ofClients({ report, clientMetrics, nowMs }: MetricFacts): Sample[] {
  // One that was never admitted tells nothing, and one that has expired is not admitted any more.
  const current = report.observation.clients.entries.filter(
    ({ requests, certificate }) => requests > 0 && certificate.notAfterMs > nowMs,
  );
  if (current.length === 0) return [];
  const kind = 'client';
  if (!clientMetrics) {
    const first = Math.min(...current.map(({ certificate }) => certificate.notAfterMs));
    return [{ labels: { kind, name: '(first to expire)' }, value: seconds(first) }];
  }
  const bySubject = Map.groupBy(current, ({ certificate }) => certificate.subject);
  return [...bySubject].flatMap(([subject, twins]) =>
    twins.map(({ certificate: { serial, notAfterMs } }) => ({
      labels: { kind, name: twins.length === 1 ? subject : `${subject} (serial ${serial})` },
      value: seconds(notAfterMs),
    })),
  );
}

function seconds(ms: number | null): number {
  return ms === null ? Number.POSITIVE_INFINITY : Math.floor(ms / 1000);
}
