// Whether a load balancer should send clients here. Not while draining, and not when something has run out without which
// clients or requests are refused: better that another machine takes them. Pure.

import type { Config } from '../../config/schema.ts';
import type { Credentials } from '../../credentials/load-credentials.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { Crl } from '../../x509/crl.ts';
import { canonicalName } from '../../x509/name.ts';

export type ReadinessCode =
  | 'starting'
  | 'draining'
  | 'no-worker'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'crl-expired';

export interface ReadinessReason {
  readonly code: ReadinessCode;
  /** One sentence for people: what, and how to mend it. */
  readonly text: string;
}

/** Empty: what was read from disk is all in force. */
export function credentialReasons(config: Config, credentials: Credentials, nowMs: number): readonly ReadinessReason[] {
  const reasons: ReadinessReason[] = [];
  for (const { name, tls } of config.servers) {
    const own = credentials.servers.get(name);
    if (tls === undefined || own === undefined) continue;
    reasons.push(
      ...certificateReasons(`the certificate ${tls.certificate} of server ${name}`, own.leaf, nowMs),
      ...anchorReasons(`the client CA of server ${name}`, own.anchors, nowMs),
      ...(tls.clients.onCrlExpired === 'refuse' ? listReasons(`server ${name}`, own.revocationLists, nowMs) : []),
    );
  }
  for (const { name, tls } of Object.values(config.upstreams)) {
    const own = credentials.upstreams.get(name);
    if (tls === undefined || own === undefined) continue;
    const file = tls.pkcs12 ?? tls.certificate;
    const what = `the client certificate ${file} for upstream ${name}`;
    if (own.client?.leaf !== undefined) reasons.push(...certificateReasons(what, own.client.leaf, nowMs));
    if (tls.unsafeSkipVerify) continue;
    if (own.anchors !== 'system') reasons.push(...anchorReasons(`the CA of upstream ${name}`, own.anchors, nowMs));
    reasons.push(...listReasons(`upstream ${name}`, own.revocationLists, nowMs));
  }
  return reasons;
}

function certificateReasons(what: string, { notBefore, notAfter }: Certificate, nowMs: number): ReadinessReason[] {
  if (nowMs < notBefore.getTime()) {
    const text = `${what} is not valid before ${notBefore.toISOString()}: check the clock of this machine`;
    return [{ code: 'certificate-not-yet-valid', text }];
  }
  // Dates have whole seconds: a certificate is good until the end of its last second.
  if (nowMs < notAfter.getTime() + 1000) return [];
  return [{ code: 'certificate-expired', text: `${what} expired on ${notAfter.toISOString()}: renew it` }];
}

/** While a CA is replaced the old one may well have run out: one that is good is enough. */
function anchorReasons(what: string, anchors: readonly Certificate[], nowMs: number): ReadinessReason[] {
  const found = anchors.map((anchor) => certificateReasons(`${what} (${anchor.subjectDn})`, anchor, nowMs));
  return found.some((reasons) => reasons.length === 0) ? [] : found.flat();
}

/** Of an issuer the newest list counts. */
function listReasons(user: string, lists: readonly Crl[], nowMs: number): ReadinessReason[] {
  const byIssuer = Map.groupBy(lists, ({ issuer, authorityKeyId }) => `${canonicalName(issuer)} ${authorityKeyId}`);
  return [...byIssuer.values()].flatMap((own) => {
    const [newest] = own.toSorted((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime());
    if (newest?.nextUpdate === undefined || nowMs <= newest.nextUpdate.getTime()) return [];
    const ended = newest.nextUpdate.toISOString();
    const text = `the revocation list of "${newest.issuerDn}" for ${user} ran out on ${ended}: publish a new one`;
    return [{ code: 'crl-expired' as const, text }];
  });
}
