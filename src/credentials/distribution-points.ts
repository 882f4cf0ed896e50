// Where certificates say that their issuer's revocation list is found (RFC 5280 section 4.2.1.13).

import type { Certificate } from '../x509/certificate.ts';
import { parseDownloadUrl } from './download-url.ts';

/** The http and https URLs among the distribution points of certificates, each once. Those of LDAP are left out. */
export function distributionPointsOf(certificates: readonly Pick<Certificate, 'crlUrls'>[]): string[] {
  const urls = certificates.flatMap(({ crlUrls }) => crlUrls).map(parseDownloadUrl);
  return [...new Set(urls.flatMap((url) => (url === undefined ? [] : [url.href])))];
}
