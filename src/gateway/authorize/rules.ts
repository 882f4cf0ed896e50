// Rules of `allow` or `deny` and a certificate come in; out comes the rule that holds. Values are compared one by one as they were
// parsed from DER: never a part of a text that was joined, which a name with a comma inside could forge.

import type { RuleConfig, RuleKey } from '../../config/schema.ts';
import type { Certificate } from '../../x509/certificate.ts';
import { attributeValues } from '../../x509/name.ts';
import { compilePattern } from './pattern.ts';

export interface CompiledRule {
  /** The rule in words, for the log. */
  readonly text: string;
  /** Whether every key of the rule holds. */
  holds(certificate: Certificate): boolean;
}

/** One key of a rule: a pattern of it comes in, a predicate of certificates goes out. */
type Matcher = (pattern: string) => (certificate: Certificate) => boolean;

export function compileRule(rule: RuleConfig): CompiledRule {
  const keys = keysOf(rule).map(([key, patterns]) => {
    const alternatives = patterns.map(matchers[key]);
    return (certificate: Certificate) => alternatives.some((holds) => holds(certificate));
  });
  return {
    text: describeRule(rule),
    // A rule that demands nothing would let everybody in.
    holds: (certificate) => keys.length > 0 && keys.every((holds) => holds(certificate)),
  };
}

/** The first rule that holds. */
export function findRule(rules: readonly CompiledRule[], certificate: Certificate): CompiledRule | undefined {
  return rules.find((rule) => rule.holds(certificate));
}

/** `organization "Company A", commonName "a-*" or "b-*"`: all keys, any value of each. */
export function describeRule(rule: RuleConfig): string {
  return keysOf(rule)
    .map(([key, patterns]) => `${key} ${patterns.map((pattern) => JSON.stringify(pattern)).join(' or ')}`)
    .join(', ');
}

function keysOf(rule: RuleConfig): [RuleKey, readonly string[]][] {
  return Object.entries(rule) as [RuleKey, readonly string[]][];
}

/**
 * In `uri` the segments of `*` end at `/`, in `dns` at `.`, in `dn` and `issuerDn` at every unescaped `,` and `+`. Other
 * values have no segments: `*` is any run of characters there. Of attributes and names that occur several times any
 * may match.
 */
const matchers: Readonly<Record<RuleKey, Matcher>> = {
  organization: (pattern) => anyOf(compilePattern(pattern), ({ subject }) => attributeValues(subject, 'organization')),
  organizationalUnit: (pattern) =>
    anyOf(compilePattern(pattern), ({ subject }) => attributeValues(subject, 'organizationalUnit')),
  commonName: (pattern) => anyOf(compilePattern(pattern), ({ subject }) => attributeValues(subject, 'commonName')),
  dn: (pattern) => distinguishedName(pattern, ({ subjectDn }) => subjectDn),
  issuerDn: (pattern) => distinguishedName(pattern, ({ issuerDn }) => issuerDn),
  uri: (pattern) => anyOf(compilePattern(pattern, '/'), ({ altNames }) => altNames.uri),
  // RFC 4343: DNS names have no letter case.
  dns: (pattern) =>
    anyOf(compilePattern(pattern.toLowerCase(), '.'), ({ altNames }) => altNames.dns.map((name) => name.toLowerCase())),
  email: (pattern) =>
    anyOf(compilePattern(withLowerCaseDomain(pattern)), (certificate) => emails(certificate).map(withLowerCaseDomain)),
  serial: (serial) => (certificate) => certificate.serialNumber === serial,
  sha256: (sha256) => (certificate) => certificate.sha256 === sha256,
  spki: (spki) => (certificate) => certificate.spkiSha256 === spki,
};

function anyOf(
  matches: (value: string) => boolean,
  values: (certificate: Certificate) => readonly string[],
): (certificate: Certificate) => boolean {
  return (certificate) => values(certificate).some(matches);
}

/** The older place of an address, the subject, counts only where the newer one is not used: X509_check_email does so. */
function emails({ altNames, subject }: Certificate): readonly string[] {
  const isInUse = altNames.email.length > 0 || altNames.malformed > 0;
  return isInUse ? altNames.email : attributeValues(subject, 'emailAddress');
}

/** RFC 5280 §7.5: the domain has no letter case, what stands before the `@` has. */
function withLowerCaseDomain(address: string): string {
  const at = address.lastIndexOf('@');
  return at === -1 ? address : address.slice(0, at) + address.slice(at).toLowerCase();
}

/**
 * The text of RFC 2253 as nginx prints it. It must be equal as a whole; a `*` ends where an attribute ends, or else
 * `CN=*,O=Company A` would hold for a common name that is `x,O=Company A` itself.
 */
function distinguishedName(
  pattern: string,
  textOf: (certificate: Certificate) => string,
): (certificate: Certificate) => boolean {
  if (!pattern.includes('*')) return (certificate) => textOf(certificate) === pattern;
  const matches = compilePattern(separated(pattern), attributeEnd);
  return (certificate) => matches(separated(textOf(certificate)));
}

/** Never in the text of a name: control characters are escaped there. */
const attributeEnd = '\n';

/** The same text with a mark before every `,` and `+` that is not escaped. */
function separated(dn: string): string {
  return dn.replaceAll(/\\.|[,+]/gs, (part) => (part.startsWith('\\') ? part : attributeEnd + part));
}
