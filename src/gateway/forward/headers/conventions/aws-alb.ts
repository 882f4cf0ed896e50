// The headers of an AWS Application Load Balancer with mutual TLS (Elastic Load Balancing, "HTTP headers and mutual
// TLS"): in verify mode five of the client's certificate, in passthrough mode the whole chain in one.

import type { Certificate } from '../../../../x509/certificate.ts';
import type { Convention } from './convention.ts';
import { escapedCertificate } from './escaped-certificate.ts';

export const awsAlbHeaders: Convention = (authentication, { awsAlb }) => {
  if (authentication.kind !== 'verified') return [];
  const { certificate, chain } = authentication.identity;
  if (awsAlb?.mode === 'passthrough') {
    return chain === undefined ? [] : [['X-Amzn-Mtls-Clientcert', urlEncoded([certificate, ...chain])]];
  }
  return [
    ['X-Amzn-Mtls-Clientcert-Serial-Number', certificate.serialNumber],
    ['X-Amzn-Mtls-Clientcert-Issuer', certificate.issuerDn],
    ['X-Amzn-Mtls-Clientcert-Subject', certificate.subjectDn],
    ['X-Amzn-Mtls-Clientcert-Validity', validity(certificate)],
    ['X-Amzn-Mtls-Clientcert-Leaf', urlEncoded([certificate])],
  ];
};

function validity({ notBefore, notAfter }: Certificate): string {
  return `NotBefore=${iso8601(notBefore)};NotAfter=${iso8601(notAfter)}`;
}

/** Without the milliseconds, which a certificate does not have. */
function iso8601(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

/** "URL-encoded PEM, with `+=/` as safe characters". */
function urlEncoded(certificates: readonly Certificate[]): string {
  const pem = certificates.map((certificate) => certificate.pem()).join('');
  return escapedCertificate(pem).replaceAll('%2B', '+').replaceAll('%3D', '=').replaceAll('%2F', '/');
}
