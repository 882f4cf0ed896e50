// Is a certificate, or a CA above it, revoked as far as the lists say? As the TLS library asks it: as soon as there is one
// list, one of every CA of the path, the root included.

import { judgesRevocation } from '../config/judges-revocation.ts';
import type { ClientsConfig } from '../config/schema.ts';
import type { Trust } from '../gateway/authenticate/trust.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Crl, verifyCrlSignature } from '../x509/crl.ts';
import { canonicalName } from '../x509/name.ts';
import type { Step } from './step.ts';

export interface RevocationQuestion {
  /** From the certificate upward. */
  readonly path: readonly Certificate[];
  /** The newest first. */
  readonly lists: readonly Crl[];
  readonly clients: ClientsConfig;
  readonly trust: Trust;
  readonly now: Date;
}

export function checkRevocation({ path, lists, clients, trust, now }: RevocationQuestion): Step {
  if (lists.length === 0 && trust.revocationFault(path[0] as Certificate, now.getTime()) === undefined) {
    const text = 'this server has no revocation list: a revoked certificate would be admitted';
    return { name: 'revocation', outcome: 'skipped', text };
  }
  // Where lapsed lists are kept the gateway judges by itself, and nobody revokes an anchor there.
  const asked = judgesRevocation(clients) ? path.slice(0, -1) : path;
  for (const [depth, link] of asked.entries()) {
    const list = lists.find(({ issuer }) => canonicalName(issuer) === canonicalName(link.issuer));
    const fault = trust.revocationFault(link, now.getTime());
    if (fault !== undefined) return explainFault(fault, depth, link, list, clients);
    const signed = list === undefined ? undefined : explainSigner(list, path[depth + 1] ?? link);
    if (signed !== undefined) return signed;
  }
  const [own] = lists.filter(({ issuer }) => canonicalName(issuer) === canonicalName((path[0] as Certificate).issuer));
  const since = own === undefined ? '' : ` (list of ${own.thisUpdate.toISOString()})`;
  return { name: 'revocation', outcome: 'ok', text: `not revoked${since}` };
}

function explainFault(
  fault: string,
  depth: number,
  { subjectDn, issuerDn }: Certificate,
  list: Crl | undefined,
  { crl, crlUrls = [] }: ClientsConfig,
): Step {
  const failed = (text: string, advice: string): Step => ({ name: 'revocation', outcome: 'failed', text, advice });
  const files = [...crl, ...crlUrls.map(({ url }) => url)].join(', ');
  switch (fault) {
    case 'CERT_REVOKED':
      return depth === 0
        ? failed('it is revoked', 'issue a new certificate; a revoked one never counts again')
        : failed(`the CA certificate "${subjectDn}" is revoked`, 'have a new certificate issued by another CA');
    case 'UNABLE_TO_GET_CRL':
      return failed(
        `there is no revocation list of "${issuerDn}"${files === '' ? '' : ` in ${files}`}`,
        'add one: as soon as there is one list, there has to be one of every CA above the client, the root included',
      );
    case 'CRL_NOT_YET_VALID':
      return failed(
        `the revocation list of "${issuerDn}" counts only from ${list?.thisUpdate.toISOString()} on`,
        'compare the clocks of the CA and of this machine',
      );
    default:
      return failed(
        `the revocation list of "${issuerDn}" lapsed on ${list?.nextUpdate?.toISOString()}: nobody of this CA is admitted`,
        'publish a new list ("mutual ca crl"), or let a lapsed one count (onCrlExpired: keep)',
      );
  }
}

/** A list counts if the CA signed it, and may. */
function explainSigner(list: Crl, issuer: Certificate): Step | undefined {
  const failed = (text: string, advice: string): Step => ({ name: 'revocation', outcome: 'failed', text, advice });
  if (issuer.keyUsage.length > 0 && !issuer.keyUsage.includes('cRLSign')) {
    return failed(
      `"${issuer.subjectDn}" may not sign revocation lists (keyUsage)`,
      'leave its list out, or give the CA a certificate with the key usage cRLSign',
    );
  }
  if (verifyCrlSignature(list, issuer)) return undefined;
  return failed(
    `the revocation list of "${list.issuerDn}" was not signed by this CA`,
    'fetch or publish the list again',
  );
}
