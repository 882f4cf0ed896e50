// Holds connections to today's trust: when it changes, and when a certificate runs out, each open connection is judged
// again, and one that would no longer be admitted is ended. Its next request is refused, whether or not it has been
// reached by then.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Certificate } from '../x509/certificate.ts';
import type { Connection } from './accept/connection.ts';
import type { Authentication } from './authenticate/authentication.ts';
import { authenticate, reauthenticate, reject } from './authenticate/certificate.ts';
import type { Trust } from './authenticate/trust.ts';
import type { Generation } from './generation.ts';
import type { Observer } from './observe/observer.ts';
import type { OpenConnection, OpenConnections } from './open-connections.ts';

export interface TrustKeeper {
  /** The verdict on a connection whose handshake is done. */
  first(connection: Connection): Authentication;
  /** Before each request: the dates, and everything else if trust has changed since it was asked last. */
  again(open: OpenConnection): Authentication;
  /** After trust has changed: judges all, a few at a time so that nobody waits for it. */
  judgeAll(): Promise<void>;
  close(): void;
}

export interface TrustKeeperDependencies {
  readonly generation: () => Generation;
  readonly connections: OpenConnections;
  readonly observer: Observer;
  readonly now: () => number;
}

/** A server block that is gone, or asks for certificates no more, vouches for nobody. */
function judgeBy(
  trust: Trust | undefined,
  certificate: Certificate,
  sent: () => readonly Certificate[],
  nowMs: number,
): string | undefined {
  return trust === undefined ? 'CERT_UNTRUSTED' : trust.judge(certificate, sent, nowMs);
}

/** How often dates are looked at: a connection outlives its certificate by no more. */
const lookMs = 1000;
/** Judged in one turn of the event loop: at the worst a signature each, some 80 µs. */
const batch = 64;

export function createTrustKeeper({ generation, connections, observer, now }: TrustKeeperDependencies): TrustKeeper {
  function trustOf({ tls }: Connection): Trust | undefined {
    return tls === undefined ? undefined : generation().trusts.get(tls.server);
  }

  function first(connection: Connection): Authentication {
    const authentication = authenticate(connection.tls?.peer, now());
    if (authentication.kind !== 'verified') return authentication;
    const { certificate, chain } = authentication.identity;
    const trust = trustOf(connection);
    const sent = (): readonly Certificate[] => chain ?? [];
    const fault =
      connection.tls?.superseded === true
        ? judgeBy(trust, certificate, sent, now())
        : trust?.firstFault(certificate, sent, now());
    return fault === undefined ? authentication : reject(certificate, fault);
  }

  function again(open: OpenConnection): Authentication {
    open.authentication = reauthenticate(open.authentication, now());
    const trust = trustOf(open.connection);
    if (open.judgedBy === trust) return open.authentication;
    open.judgedBy = trust;
    if (open.authentication.kind !== 'verified') return open.authentication;
    const { certificate, chain } = open.authentication.identity;
    const fault = judgeBy(trust, certificate, () => chain ?? [], now());
    if (fault !== undefined) open.authentication = reject(certificate, fault);
    return open.authentication;
  }

  function judge(open: OpenConnection): void {
    const before = open.authentication;
    const after = again(open);
    if (before.kind !== 'verified' || after.kind !== 'rejected' || open.ending) return;
    const { client, listener, tls } = open.connection;
    observer.connectionRefused({
      code: 'client-certificate-invalid',
      wasOpen: true,
      reason: `an open connection is ended: ${after.reason.text}`,
      client,
      listener,
      server: tls?.server,
      serverName: tls?.serverName,
      verifyError: after.reason,
      certificate: after.certificate,
    });
    connections.end(open, generation().config.limits.drainTimeoutMs);
  }

  function look(): void {
    const { maxConnectionAgeMs, drainTimeoutMs } = generation().config.limits;
    const oldest = maxConnectionAgeMs > 0 ? now() - maxConnectionAgeMs : Number.NEGATIVE_INFINITY;
    for (const open of connections.all()) {
      if (open.connection.acceptedAtMs < oldest) connections.end(open, drainTimeoutMs);
      else if (open.authentication.kind === 'verified') judge(open);
    }
  }

  const timer = setInterval(look, lookMs).unref();
  return {
    first,
    again,
    async judgeAll() {
      let judged = 0;
      for (const open of [...connections.all()]) {
        if (open.judgedBy === trustOf(open.connection)) continue;
        judge(open);
        judged += 1;
        if (judged % batch === 0) await yieldToOthers();
      }
    },
    close: () => clearInterval(timer),
  };
}
