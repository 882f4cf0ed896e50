// Would a peer accept this certificate? The certificate, the CAs and a revocation list in; every check with its outcome
// in words out. Pure. It agrees with `openssl verify -crl_check -purpose …`, and says more.
import type { Certificate } from '../x509/certificate.ts';
import { faultOfIssuer, findPath, isSelfSigned, mayBeUsedAs } from '../x509/certification-path.ts';
import { type Crl, verifyCrlSignature } from '../x509/crl.ts';
import { canonicalName } from '../x509/name.ts';
import type { Profile } from './profiles.ts';

export interface VerifyInput {
  readonly certificate: Certificate;
  /** CA certificates that came with it; they are believed only as far as they lead to an anchor. */
  readonly untrusted: readonly Certificate[];
  /** What is trusted. A chain must end at a self-signed one of these. */
  readonly anchors: readonly Certificate[];
  /** The list of the certificate's issuer; undefined: revocation is not checked, and that is said. */
  readonly crl: Crl | undefined;
  /** What it is to be used for; undefined: anything it can be used for. */
  readonly purpose: Profile | undefined;
  readonly now: Date;
}

/** One thing that was looked at. */
export interface Check {
  readonly name: 'chain' | 'dates' | 'revocation' | 'purpose';
  /** `skipped` neither speaks for the certificate nor against it. */
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** A whole sentence, without a full stop. */
  readonly text: string;
}

/** Looks at everything; the certificate verifies if no check failed. */
export function verifyCertificate(input: VerifyInput): Check[] {
  const chain = findPath(input.certificate, input.anchors, input.untrusted);
  return [
    checkChain(chain, input),
    checkDates(chain, input.now),
    checkRevocation(chain, input),
    checkPurpose(chain, input),
  ];
}

function checkChain(chain: readonly Certificate[], { certificate, anchors }: VerifyInput): Check {
  const failed = (text: string): Check => ({ name: 'chain', outcome: 'failed', text });
  const top = chain.at(-1) ?? certificate;
  const isTrusted = anchors.some(({ der }) => der.equals(top.der));
  if (!isTrusted && isSelfSigned(top)) return failed(`it leads to "${top.subjectDn}", which is not trusted here`);
  if (!isTrusted) return failed(explainMissingIssuer(top, anchors));
  if (!isSelfSigned(top)) {
    return failed(`the root above "${top.subjectDn}" is missing: add "${top.issuerDn}" to the CA file`);
  }
  for (const [depth, ca] of chain.entries()) {
    const below = chain[depth - 1];
    if (below === undefined) continue;
    const fault =
      faultOfIssuer(ca, depth) ?? (below.x509.checkIssued(ca.x509) ? undefined : 'does not fit its key identifier');
    if (fault !== undefined) return failed(`"${ca.subjectDn}" ${fault}`);
  }
  return { name: 'chain', outcome: 'ok', text: `signed by "${(chain[1] ?? top).subjectDn}"` };
}

/** The same name with another key is the usual accident: a CA that was made a second time. */
function explainMissingIssuer(certificate: Certificate, anchors: readonly Certificate[]): string {
  const issuer = canonicalName(certificate.issuer);
  const namesake = anchors.some(({ subject }) => canonicalName(subject) === issuer);
  return namesake
    ? `its signature is not by this "${certificate.issuerDn}", but by another CA of the same name, or it was changed`
    : `it was signed by "${certificate.issuerDn}", which is not this CA`;
}

function checkDates(chain: readonly Certificate[], now: Date): Check {
  for (const [depth, certificate] of chain.entries()) {
    const whose = depth === 0 ? 'it' : `the CA certificate "${certificate.subjectDn}"`;
    if (certificate.notBefore > now) {
      return {
        name: 'dates',
        outcome: 'failed',
        text: `${whose} is not valid before ${certificate.notBefore.toISOString()}`,
      };
    }
    if (certificate.notAfter <= now) {
      return { name: 'dates', outcome: 'failed', text: `${whose} expired on ${certificate.notAfter.toISOString()}` };
    }
  }
  const end = chain[0]?.notAfter.toISOString() ?? '';
  return { name: 'dates', outcome: 'ok', text: `valid until ${end}` };
}

function checkRevocation(chain: readonly Certificate[], { crl, now }: VerifyInput): Check {
  const [certificate, issuer] = chain;
  const failed = (text: string): Check => ({ name: 'revocation', outcome: 'failed', text });
  if (crl === undefined) return { name: 'revocation', outcome: 'skipped', text: 'no revocation list was looked at' };
  if (certificate === undefined || issuer === undefined) {
    return { name: 'revocation', outcome: 'skipped', text: 'its issuer is not known, nor who would revoke it' };
  }
  if (issuer.keyUsage.length > 0 && !issuer.keyUsage.includes('cRLSign')) {
    return failed(`"${issuer.subjectDn}" may not sign revocation lists (keyUsage)`);
  }
  if (!verifyCrlSignature(crl, issuer)) return failed(`the revocation list is not one of "${issuer.subjectDn}"`);
  if (crl.revokedSerials().has(certificate.serialNumber)) return failed('it is revoked');
  if (crl.thisUpdate > now) return failed(`the revocation list counts only from ${crl.thisUpdate.toISOString()} on`);
  if (crl.nextUpdate !== undefined && crl.nextUpdate <= now) {
    return failed(`the revocation list lapsed on ${crl.nextUpdate.toISOString()}; renew it with "mutual ca crl"`);
  }
  return { name: 'revocation', outcome: 'ok', text: `not revoked (list of ${crl.thisUpdate.toISOString()})` };
}

function checkPurpose(chain: readonly Certificate[], { certificate, purpose }: VerifyInput): Check {
  if (purpose === undefined && certificate.isCa) return { name: 'purpose', outcome: 'ok', text: 'a CA certificate' };
  const profiles = (['client', 'server'] as const).filter((profile) => mayBeUsedAs(profile, chain));
  if (purpose === undefined ? profiles.length > 0 : profiles.includes(purpose)) {
    return { name: 'purpose', outcome: 'ok', text: `good for a ${profiles.join(' and a ')}` };
  }
  const other = profiles.length === 0 ? 'neither a client nor a server' : `a ${profiles.join(' and a ')} only`;
  return { name: 'purpose', outcome: 'failed', text: `it is good for ${other}` };
}
