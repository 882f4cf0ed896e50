// Who has been here: a row for each client certificate, with when it was seen and how it fared. Bounded: the ones not
// seen for longest are forgotten. Certificates that were never admitted have a smaller table of their own, so that nobody
// can push the real clients out with certificates of his own making.

import type { ErrorCode } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { type CertificateFacts, certificateFacts } from './certificate-facts.ts';
import { shownReason } from './shown-path.ts';

export const clientsKept = 1000;
const strangersKept = 200;

export interface ClientRecord {
  readonly certificate: CertificateFacts;
  readonly firstSeenAtMs: number;
  lastSeenAtMs: number;
  lastAddress: string;
  lastServer: string | null;
  requests: number;
  denials: number;
  lastDenial: { readonly atMs: number; readonly code: ErrorCode; readonly reason: string } | null;
}

export interface ClientsSnapshot {
  /** The last one seen is first. */
  readonly entries: readonly Readonly<ClientRecord>[];
  readonly forgotten: number;
}

/** When and where a client was seen. */
export interface Sight {
  readonly nowMs: number;
  readonly address: string;
  readonly server: string | null;
}

export interface ClientsSeen {
  /** A connection of a verified client was opened. */
  admitted(certificate: Certificate, sight: Sight): void;
  requested(certificate: Certificate, sight: Sight): void;
  denied(certificate: Certificate, sight: Sight, code: ErrorCode, reason: string): void;
  /** What is told of a certificate; made once for each client that is remembered. */
  factsOf(certificate: Certificate): CertificateFacts;
  snapshot(): ClientsSnapshot;
}

export function createClientsSeen(): ClientsSeen {
  const clients = new Map<string, ClientRecord>();
  const strangers = new Map<string, ClientRecord>();
  /** Of a connection all requests bring the same certificate: its fingerprint is computed once. */
  const byCertificate = new WeakMap<Certificate, ClientRecord>();
  let forgotten = 0;

  function find(certificate: Certificate, nowMs: number, isAdmitted: boolean): ClientRecord {
    const near = byCertificate.get(certificate);
    if (near !== undefined && (clients.get(near.certificate.sha256) === near || !isAdmitted)) return near;
    const { sha256 } = certificate;
    const known = clients.get(sha256) ?? strangers.get(sha256);
    const record = known ?? near ?? newRecord(certificate, nowMs);
    byCertificate.set(certificate, record);
    if (clients.has(sha256)) return record;
    if (!isAdmitted) {
      strangers.set(sha256, record);
      makeRoom(strangers, strangersKept);
      return record;
    }
    strangers.delete(sha256);
    clients.set(sha256, record);
    makeRoom(clients, clientsKept);
    return record;
  }

  /** A tenth at a time: to look for the oldest takes longer than to forget it. */
  function makeRoom(table: Map<string, ClientRecord>, most: number): void {
    if (table.size <= most + most / 10) return;
    const oldestFirst = [...table].sort(([, a], [, b]) => a.lastSeenAtMs - b.lastSeenAtMs);
    for (const [sha256] of oldestFirst.slice(0, table.size - most)) table.delete(sha256);
    forgotten += oldestFirst.length - table.size;
  }

  function seen(record: ClientRecord, { nowMs, address, server }: Sight): void {
    if (nowMs < record.lastSeenAtMs) return;
    record.lastSeenAtMs = nowMs;
    record.lastAddress = address;
    record.lastServer = server;
  }

  return {
    admitted(certificate, sight) {
      seen(find(certificate, sight.nowMs, true), sight);
    },
    requested(certificate, sight) {
      const record = find(certificate, sight.nowMs, true);
      record.requests += 1;
      seen(record, sight);
    },
    denied(certificate, sight, code, reason) {
      const record = find(certificate, sight.nowMs, false);
      record.denials += 1;
      record.lastDenial = { atMs: sight.nowMs, code, reason: shownReason(reason) };
      seen(record, sight);
    },
    factsOf: (certificate) => byCertificate.get(certificate)?.certificate ?? certificateFacts(certificate),
    snapshot: () => ({
      entries: lastSeenFirst([...clients.values(), ...strangers.values()].map((record) => ({ ...record }))),
      forgotten,
    }),
  };
}

function newRecord(certificate: Certificate, nowMs: number): ClientRecord {
  return {
    certificate: certificateFacts(certificate),
    firstSeenAtMs: nowMs,
    lastSeenAtMs: nowMs,
    lastAddress: '',
    lastServer: null,
    requests: 0,
    denials: 0,
    lastDenial: null,
  };
}

/** What several processes have seen, as one of them would have. Pure. */
export function mergeClients(all: readonly ClientsSnapshot[]): ClientsSnapshot {
  const bySha256 = new Map<string, Readonly<ClientRecord>>();
  for (const { entries } of all) {
    for (const entry of entries) {
      const known = bySha256.get(entry.certificate.sha256);
      bySha256.set(entry.certificate.sha256, known === undefined ? entry : addRecords(known, entry));
    }
  }
  const forgotten = all.reduce((sum, one) => sum + one.forgotten, 0);
  return { entries: lastSeenFirst([...bySha256.values()]), forgotten };
}

function addRecords(a: Readonly<ClientRecord>, b: Readonly<ClientRecord>): Readonly<ClientRecord> {
  const last = a.lastSeenAtMs >= b.lastSeenAtMs ? a : b;
  return {
    ...last,
    firstSeenAtMs: Math.min(a.firstSeenAtMs, b.firstSeenAtMs),
    requests: a.requests + b.requests,
    denials: a.denials + b.denials,
    lastDenial: (a.lastDenial?.atMs ?? 0) >= (b.lastDenial?.atMs ?? 0) ? a.lastDenial : b.lastDenial,
  };
}

function lastSeenFirst(records: Readonly<ClientRecord>[]): readonly Readonly<ClientRecord>[] {
  return records.sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs).slice(0, clientsKept);
}
