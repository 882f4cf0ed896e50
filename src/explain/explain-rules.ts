// Why does no rule hold? The rules of a route and a certificate come in; for each rule, what it wants and what the
// certificate has instead.

import type { RuleConfig, RuleKey } from '../config/schema.ts';
import { compileRule } from '../gateway/authorize/rules.ts';
import type { Certificate } from '../x509/certificate.ts';
import { attributeValues } from '../x509/name.ts';

/** One line a rule: the keys of it that do not hold. Rules that hold have none. */
export function explainRules(rules: readonly RuleConfig[], certificate: Certificate): string[] {
  return rules.flatMap((rule, index) => {
    const failing = Object.entries(rule).flatMap(([key, wanted]) => explainKey(key as RuleKey, wanted, certificate));
    return failing.length === 0 ? [] : [`rule ${index + 1}: ${failing.join('; ')}`];
  });
}

function explainKey(key: RuleKey, wanted: readonly string[], certificate: Certificate): string[] {
  if (compileRule({ [key]: wanted }).holds(certificate)) return [];
  const { noun, valuesOf } = readers[key];
  const values = valuesOf(certificate);
  const has = values.length === 0 ? `it has no ${noun}` : `its ${noun} is ${listed(values, 'and')}`;
  return [`${has}: ${listed(wanted, 'or')} is wanted`];
}

interface Reader {
  readonly noun: string;
  readonly valuesOf: (certificate: Certificate) => readonly string[];
}

const readers: Readonly<Record<RuleKey, Reader>> = {
  organization: { noun: 'organization (O)', valuesOf: ({ subject }) => attributeValues(subject, 'organization') },
  organizationalUnit: {
    noun: 'organizational unit (OU)',
    valuesOf: ({ subject }) => attributeValues(subject, 'organizationalUnit'),
  },
  commonName: { noun: 'common name (CN)', valuesOf: ({ subject }) => attributeValues(subject, 'commonName') },
  dn: { noun: 'subject', valuesOf: ({ subjectDn }) => (subjectDn === '' ? [] : [subjectDn]) },
  issuerDn: { noun: 'issuer', valuesOf: ({ issuerDn }) => [issuerDn] },
  dns: { noun: 'DNS name', valuesOf: ({ altNames }) => altNames.dns },
  email: {
    noun: 'e-mail address',
    valuesOf: ({ altNames, subject }) => [...altNames.email, ...attributeValues(subject, 'emailAddress')],
  },
  uri: { noun: 'URI', valuesOf: ({ altNames }) => altNames.uri },
  serial: { noun: 'serial number', valuesOf: ({ serialNumber }) => [serialNumber] },
  sha256: { noun: 'SHA-256', valuesOf: ({ sha256 }) => [sha256] },
  spki: { noun: 'SHA-256 of the public key', valuesOf: ({ spkiSha256 }) => [spkiSha256] },
};

function listed(values: readonly string[], conjunction: string): string {
  return values.map((value) => JSON.stringify(value)).join(` ${conjunction} `);
}

/** A rule that this certificate passes, and hardly another, as it stands in the file. */
export function ruleFor({ subjectDn, sha256 }: Certificate): string {
  // A star in a name would stand for anything.
  return subjectDn === '' || subjectDn.includes('*') ? `{ sha256: ${sha256} }` : `{ dn: ${JSON.stringify(subjectDn)} }`;
}
