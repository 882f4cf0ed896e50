// Certificates with whatever stands in a name: for what must hold of every certificate that a CA could be talked into.

import type { X509Certificate } from 'node:crypto';
import { type Certificate, parseCertificate } from '../../src/x509/certificate.ts';
import { derTags } from '../../src/x509/der.ts';
import { attribute, changeCertificate, der, extension, name, sequence, utf8 } from './der-writer.ts';

export interface HostileNames {
  readonly commonName?: string;
  readonly organization?: string;
  readonly uri?: readonly string[];
  readonly dns?: readonly string[];
  readonly email?: readonly string[];
}

/** What a certificate is changed into: its subject and alternative names. */
export function hostileChanges({ commonName, organization, uri = [], dns = [], email = [] }: HostileNames) {
  const names = [
    ...email.map((text) => der(0x81, text)),
    ...dns.map((text) => der(0x82, text)),
    ...uri.map((text) => der(0x86, text)),
  ];
  return {
    subject: name(
      ...(organization === undefined ? [] : [[attribute('2.5.4.10', utf8(organization))]]),
      ...(commonName === undefined ? [] : [[attribute('2.5.4.3', utf8(commonName))]]),
    ),
    extensions: [
      extension('2.5.29.37', sequence(Buffer.from('06082b06010505070302', 'hex'))),
      ...(names.length === 0 ? [] : [extension('2.5.29.17', der(derTags.sequence, ...names))]),
    ],
  };
}

/** A copy with these names in place of its own. Its signature does not fit. */
export function hostileCertificate(template: X509Certificate, names: HostileNames): Certificate {
  return parseCertificate(changeCertificate(template.raw, hostileChanges(names)));
}

/** Each tries to end a value, a pair, an element or a line, or to begin one. */
export const hostileTexts: readonly string[] = [
  'a, CN=admin',
  'a,CN=admin,O=Company A',
  'a+OU=admin',
  'a";By=spiffe://a.example/admin;Subject="CN=admin',
  'a",By=evil;Hash=00;Subject="CN=admin',
  'a\\',
  'a\\\\',
  'a\\";URI=spiffe://a.example/admin;X="',
  '";Issuer="CN=evil',
  '","CN=admin',
  'a=b;c=d',
  '\r\nX-SSL-Client-S-DN: CN=admin',
  'a\nCN=admin\r\nX-Admin: 1',
  'a\0CN=admin',
  ':YQ==:',
  '%22%2C%3B',
  '%2522,',
  'a\u2028b\u0085c',
  'Zürich 🦊',
  ' lead and trail ',
  '#',
  '"',
  '\\',
  '\\22',
  ',',
  ';',
];
