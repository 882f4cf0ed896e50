// Everything one server block with TLS needs from disk: its certificate and key, the anchors that admit clients,
// the revocation lists. Read whole and checked, or not at all.

import type { TlsConfig } from '../config/schema.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Crl, parseCrl, splitCrls } from '../x509/crl.ts';
import { loadAnchors } from './anchors.ts';
import { loadKeyPair } from './key-pair.ts';
import { readCredentialFile } from './read-file.ts';

export interface ServerCredentials {
  /** PEM: the certificate and its chain. */
  readonly certificate: string;
  /** PEM, in the clear: passwords have been applied. */
  readonly key: string;
  readonly leaf: Certificate;
  /** Empty only where clients are not asked for certificates. */
  readonly anchors: readonly Certificate[];
  /** One each: Node reads only the first list of a file that holds several. */
  readonly revocationLists: readonly Crl[];
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/** @throws MutualError with a code that names the kind of file which is wrong */
export function loadServerCredentials(config: TlsConfig, nowMs: number): ServerCredentials {
  const pair = loadKeyPair(config, 'the certificate', nowMs);
  const anchors =
    config.clients.verify === 'none'
      ? { certificates: [], warnings: [] }
      : loadAnchors(config.clients.ca, 'the client CA', nowMs);
  const revocationLists = config.clients.crl.flatMap((file) =>
    splitCrls(readCredentialFile(file, 'the revocation list'), file).map((der) => parseCrl(der)),
  );
  return {
    certificate: pair.certificate,
    key: pair.key,
    leaf: pair.leaf,
    anchors: anchors.certificates,
    revocationLists,
    warnings: [
      ...pair.warnings,
      ...anchors.warnings,
      ...revocationLists.flatMap((list) => crlWarning(list, anchors.certificates, nowMs)),
    ],
  };
}

function crlWarning(list: Crl, anchors: readonly Certificate[], nowMs: number): string[] {
  const { issuerDn, nextUpdate } = list;
  const warnings: string[] = [];
  if (!anchors.some((anchor) => anchor.subjectDn === issuerDn)) {
    warnings.push(`the revocation list of ${issuerDn} is of no CA that admits clients here`);
  }
  if (nextUpdate !== undefined && nowMs > nextUpdate.getTime()) {
    warnings.push(
      `the revocation list of ${issuerDn} expired on ${nextUpdate.toISOString()}: every client of this CA is refused until there is a new one`,
    );
  }
  return warnings;
}
