// How each convention tells an upstream who the client is: an authentication in, header names and values out. One
// row of the table is one convention. Only a verified identity is ever told; of anything else just the verdict.

import type { IdentityConvention, IdentityHeadersConfig } from '../../../config/schema.ts';
import type { Authentication } from '../../authenticate/authentication.ts';
import { verifyText } from '../../authenticate/authentication.ts';

export type Header = readonly [name: string, value: string];

/** Bytes. Names of people and machines stay far below; a certificate may hold hundreds of attributes. */
export const maxDnBytes = 4096;
/** Bytes of a header that carries a whole certificate. Many servers take no longer line than this. */
export const maxCertificateBytes = 16_384;

type Convention = (authentication: Authentication, config: IdentityHeadersConfig) => Header[];

const conventions: Readonly<Record<IdentityConvention, Convention>> = { nginx: nginxHeaders };

/** The headers of every convention in `config`, in its order, with exactly the names and values that docs/headers.md lists. Never an empty one. */
export function identityHeaders(authentication: Authentication, config: IdentityHeadersConfig): Header[] {
  return config.conventions
    .flatMap((convention) => conventions[convention](authentication, config))
    .filter(([, value]) => value !== '');
}

/**
 * Why this identity cannot be told in headers, or undefined. Cutting a name would make another name of it, so a
 * client whose names do not fit is refused.
 */
export function identityTooLarge(authentication: Authentication, config: IdentityHeadersConfig): string | undefined {
  if (authentication.kind !== 'verified' || config.conventions.length === 0) return undefined;
  const { certificate } = authentication.identity;
  for (const [what, dn] of [
    ['subject', certificate.subjectDn],
    ['issuer', certificate.issuerDn],
  ] as const) {
    if (dn.length > maxDnBytes) {
      return `the ${what} of the client certificate takes ${dn.length} bytes as text; headers carry at most ${maxDnBytes}`;
    }
  }
  if (config.nginxCertificate && config.conventions.includes('nginx')) {
    const size = escapedCertificate(certificate.pem()).length;
    if (size > maxCertificateBytes) {
      return `the client certificate takes ${size} bytes as a header; at most ${maxCertificateBytes} are sent`;
    }
  }
  return undefined;
}

/** nginx's `$ssl_client_escaped_cert`: PEM with everything but unreserved characters percent-encoded. */
export function escapedCertificate(pem: string): string {
  // encodeURIComponent leaves !'()* as they are, but no PEM holds one.
  return encodeURIComponent(pem);
}

/** Names that nginx configurations use, values of nginx's variables of the same names. */
function nginxHeaders(authentication: Authentication, config: IdentityHeadersConfig): Header[] {
  const verdict: Header = ['X-SSL-Client-Verify', verifyText(authentication)];
  if (authentication.kind !== 'verified') return [verdict];
  const { certificate } = authentication.identity;
  const headers: Header[] = [
    verdict,
    ['X-SSL-Client-S-DN', certificate.subjectDn],
    ['X-SSL-Client-I-DN', certificate.issuerDn],
    ['X-SSL-Client-Serial', certificate.serialNumber],
    ['X-SSL-Client-Fingerprint', certificate.sha1],
  ];
  if (config.nginxCertificate) headers.push(['X-SSL-Client-Cert', escapedCertificate(certificate.pem())]);
  return headers;
}
