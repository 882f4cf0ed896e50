// One certificate of each kind that clients show, good and bad, and what OpenSSL says of it: the rows of every table of
// who is admitted.

import { type GuardedAttempt, makeTrust, type Trust } from './guarded-gateway.ts';
import { makeCa, makeCertificate, makeCrl } from './openssl.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface CertificateKind {
  readonly what: string;
  /** What the client shows. */
  readonly shown: Pick<GuardedAttempt, 'identity' | 'chain'>;
  /** Where a certificate is asked for. */
  readonly verdict: Verdict;
  /**
   * Where there are revocation lists, too. OpenSSL goes on after a fault and tells the last one: a CA that nobody knows
   * has no list either.
   */
  readonly verdictWithLists: Verdict;
}

/** `$ssl_client_verify` */
export type Verdict = 'NONE' | 'SUCCESS' | `FAILED:${string}`;

export interface CertificateKinds {
  readonly trust: Trust;
  /** The list of each CA of the trust. */
  readonly crl: readonly string[];
  readonly kinds: readonly CertificateKind[];
}

const hourMs = 3_600_000;

export function makeCertificateKinds(t: AsyncAfterHook): CertificateKinds {
  const trust = makeTrust(t);
  const { directory, ca, client, server } = trust;
  const otherCa = makeCa(directory, 'other-ca');
  const intermediate = makeCa(directory, 'intermediate', { ca });
  const make = (name: string, options: Partial<Parameters<typeof makeCertificate>[1]> = {}) =>
    makeCertificate(directory, { ca, name, eku: 'clientAuth', ...options });
  const revoked = make('revoked');
  const below = make('below', { ca: intermediate });
  const foreign = make('foreign', { ca: otherCa });
  const selfSigned = makeCertificate(directory, { name: 'self-signed' });
  const row = (
    what: string,
    shown: CertificateKind['shown'],
    verdict: Verdict,
    verdictWithLists = verdict,
  ): CertificateKind => ({ what, shown, verdict, verdictWithLists });
  const noList = 'FAILED:unable to get certificate CRL';
  const soon = { notBefore: new Date(Date.now() + hourMs) };
  const past = { notBefore: new Date(Date.now() - 2 * hourMs), notAfter: new Date(Date.now() - hourMs) };
  return {
    trust,
    crl: [makeCrl(ca, { revoked: [revoked.certificate] }), makeCrl(intermediate)],
    kinds: [
      row('no certificate', {}, 'NONE'),
      row('a good one', { identity: client }, 'SUCCESS'),
      row('one with its intermediate', { identity: below, chain: [intermediate.certificate] }, 'SUCCESS'),
      row('one without its intermediate', { identity: below }, 'FAILED:unable to verify the first certificate'),
      row('one that has expired', { identity: make('past', past) }, 'FAILED:certificate has expired'),
      row('one that is not valid yet', { identity: make('soon', soon) }, 'FAILED:certificate is not yet valid'),
      row('one that is revoked', { identity: revoked }, 'SUCCESS', 'FAILED:certificate revoked'),
      row('a self-signed one', { identity: selfSigned }, 'FAILED:self-signed certificate', noList),
      row('one of another CA', { identity: foreign }, 'FAILED:unable to verify the first certificate'),
      row(
        'one of another CA with its root',
        { identity: foreign, chain: [otherCa.certificate] },
        'FAILED:self-signed certificate in certificate chain',
        noList,
      ),
      row("a server's", { identity: server }, 'FAILED:unsuitable certificate purpose'),
      row("the CA's own", { identity: ca }, 'FAILED:unsuitable certificate purpose'),
    ],
  };
}
