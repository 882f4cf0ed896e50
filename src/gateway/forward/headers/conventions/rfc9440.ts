// Client-Cert and Client-Cert-Chain (RFC 9440): the DER of the certificates as Byte Sequences of RFC 8941.

import type { Certificate } from '../../../../x509/certificate.ts';
import type { Convention, Header } from './convention.ts';

export const rfc9440Headers: Convention = (authentication, { rfc9440 }) => {
  if (authentication.kind !== 'verified') return [];
  const { certificate, chain } = authentication.identity;
  const headers: Header[] = [['Client-Cert', byteSequence(certificate)]];
  // Section 2.3: in the order of TLS, without the client's own. A list without members is no header (RFC 8941 3.1).
  if (rfc9440?.chain === true && chain !== undefined) {
    headers.push(['Client-Cert-Chain', chain.map(byteSequence).join(', ')]);
  }
  return headers;
};

/** RFC 8941 section 3.3.5. */
function byteSequence({ der }: Certificate): string {
  return `:${der.toString('base64')}:`;
}
