// Holds connections to today's trust: when it changes, and when a certificate runs out, each open connection is judged
// again, and one that would no longer be admitted is ended. Its next request is refused, whether or not it has been
// reached by then.

import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { Certificate } from '../x509/certificate.ts';
import type { Connection } from './accept/connection.ts';
import type { Authentication } from './authenticate/authentication.ts';
import { authenticate, reauthenticate, reject } from './authenticate/certificate.ts';
import type { Identity } from './authenticate/identity.ts';
import type { Trust, VerifyFault } from './authenticate/trust.ts';
import type { ClientStatus, Standing } from './client-status.ts';
import type { Generation } from './generation.ts';
import type { Observer } from './observe/observer.ts';
import type { OpenConnection, OpenConnections } from './open-connections.ts';

export interface TrustKeeper {
  /**
   * The verdict on a connection whose handshake is done, and the trust it holds under. Told at once, unless somebody has
   * to be asked: a responder, or the server of a revocation list.
   */
  first(connection: Connection, done: (authentication: Authentication, judgedBy: Trust | undefined) => void): void;
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
  readonly status: ClientStatus;
  /**
   * Fetches the revocation lists that these certificates name, and takes them into use. Undefined: the server block does
   * not go by them.
   */
  readonly learnLists: (server: string, certificates: readonly Certificate[]) => Promise<unknown> | undefined;
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

/** What the client has sent with its certificate; found out only if it is needed. */
function sentWith(identity: Identity): () => readonly Certificate[] {
  return () => identity.chain ?? [];
}

function withStanding(authentication: Authentication, certificate: Certificate, { fault, reason }: Standing) {
  return fault === undefined ? authentication : reject(certificate, fault, reason);
}

/** How often dates are looked at: a connection outlives its certificate by no more. */
const lookMs = 1000;
/** Judged in one turn of the event loop: at the worst a signature each, some 80 µs. */
const batch = 64;

/** Live clients that responders are asked about at once. */
const mostAsked = 32;

export function createTrustKeeper(dependencies: TrustKeeperDependencies): TrustKeeper {
  const { generation, connections, observer, status, learnLists, now } = dependencies;
  const asking = new Set<OpenConnection>();

  function trustOf({ tls }: Connection): Trust | undefined {
    return tls === undefined ? undefined : generation().trusts.get(tls.server);
  }

  /** The verdict of now, of which the answer at hand of a responder is a part. */
  function first(connection: Connection, done: (authentication: Authentication, judgedBy: Trust | undefined) => void) {
    const presented = authenticate(connection.tls?.peer, now());
    const trust = trustOf(connection);
    if (presented.kind !== 'verified') {
      done(presented, trust);
      return;
    }
    const { certificate } = presented.identity;
    const untrusted = sentWith(presented.identity);
    const conclude = (fault: VerifyFault, by: Trust | undefined): void => {
      if (fault !== undefined || by?.ocsp === undefined) {
        done(fault === undefined ? presented : reject(certificate, fault), by);
        return;
      }
      const question = { trust: by, certificate, untrusted };
      const known = status.known(question);
      if (known !== undefined) done(withStanding(presented, certificate, known), by);
      else void status.ask(question).then((standing) => finish(withStanding(presented, certificate, standing), by));
    };
    /** What was asked took time, and trust may have changed. */
    const finish = (authentication: Authentication, by: Trust | undefined): void => {
      const today = trustOf(connection);
      const fault =
        today === by || authentication.kind !== 'verified' ? undefined : judgeBy(today, certificate, untrusted, now());
      done(fault === undefined ? authentication : reject(certificate, fault), today);
    };
    const fault =
      connection.tls?.superseded === true
        ? judgeBy(trust, certificate, untrusted, now())
        : trust?.firstFault(certificate, untrusted, now());
    const learning =
      fault === 'UNABLE_TO_GET_CRL' && trust !== undefined
        ? learn(connection, trust.pathOf(certificate, untrusted))
        : undefined;
    if (learning === undefined) {
      conclude(fault, trust);
      return;
    }
    void learning.then(() => {
      const today = trustOf(connection);
      conclude(today === trust ? fault : judgeBy(today, certificate, untrusted, now()), today);
    });
  }

  function learn({ tls }: Connection, certificates: readonly Certificate[]): Promise<unknown> | undefined {
    return tls === undefined ? undefined : learnLists(tls.server, certificates);
  }

  function again(open: OpenConnection): Authentication {
    open.authentication = reauthenticate(open.authentication, now());
    const trust = trustOf(open.connection);
    if (open.judgedBy === trust && trust?.ocsp === undefined) return open.authentication;
    const hasChanged = open.judgedBy !== trust;
    open.judgedBy = trust;
    if (open.authentication.kind !== 'verified') return open.authentication;
    const { certificate } = open.authentication.identity;
    const untrusted = sentWith(open.authentication.identity);
    const fault = hasChanged ? judgeBy(trust, certificate, untrusted, now()) : undefined;
    if (fault !== undefined) open.authentication = reject(certificate, fault);
    else if (trust?.ocsp !== undefined) {
      const known = status.known({ trust, certificate, untrusted });
      if (known !== undefined) open.authentication = withStanding(open.authentication, certificate, known);
    }
    return open.authentication;
  }

  function judge(open: OpenConnection): void {
    const before = open.authentication;
    const after = again(open);
    if (before.kind === 'verified' && after.kind === 'rejected') endRejected(open, after);
  }

  function endRejected(open: OpenConnection, after: Authentication & { readonly kind: 'rejected' }): void {
    if (open.ending) return;
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

  /** Asks anew about a client whose answer has run out; until the new one is there, the old one counts. */
  function renew(open: OpenConnection): void {
    const trust = trustOf(open.connection);
    const { authentication } = open;
    if (trust?.ocsp === undefined || authentication.kind !== 'verified' || asking.size >= mostAsked) return;
    const { certificate } = authentication.identity;
    const question = { trust, certificate, untrusted: sentWith(authentication.identity) };
    if (asking.has(open) || status.known(question) !== undefined) return;
    asking.add(open);
    void status.ask(question).then((standing) => {
      asking.delete(open);
      if (open.authentication !== authentication) return;
      open.authentication = withStanding(authentication, certificate, standing);
      if (open.authentication.kind === 'rejected') endRejected(open, open.authentication);
    });
  }

  function look(): void {
    const { maxConnectionAgeMs, drainTimeoutMs } = generation().config.limits;
    const oldest = maxConnectionAgeMs > 0 ? now() - maxConnectionAgeMs : Number.NEGATIVE_INFINITY;
    for (const open of connections.all()) {
      if (open.connection.acceptedAtMs < oldest) connections.end(open, drainTimeoutMs);
      else if (open.authentication.kind === 'verified') {
        judge(open);
        renew(open);
      }
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
