// Names that nginx configurations use, values of nginx's variables of the same names (ngx_event_openssl.c).

import { verifyText } from '../../../authenticate/authentication.ts';
import type { Convention, Header } from './convention.ts';
import { escapedCertificate } from './escaped-certificate.ts';

export const nginxHeaders: Convention = (authentication, config) => {
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
};
