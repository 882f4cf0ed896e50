// How the `ca` commands say what they know of a certificate or a list: values in, lines for people or JSON for programs
// out. Never a private key, and a password only where the caller made it.
import type { AltName } from '../../ca/alt-name.ts';
import { altNamesOf, printAltName } from '../../ca/alt-name.ts';
import type { IssuedCertificate } from '../../ca/issue.ts';
import { daysUntil } from '../../ca/profiles.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { Crl } from '../../x509/crl.ts';
import type { CaIo } from './ca-io.ts';

/** A line `label  value`; the labels of one answer stand in a column. */
export type Fact = readonly [label: string, value: string];

export function printFacts(io: CaIo, title: string, facts: readonly Fact[]): void {
  const width = Math.max(0, ...facts.map(([label]) => label.length));
  io.stdout.write(`${title}\n${facts.map(([label, value]) => `  ${label.padEnd(width)}  ${value}\n`).join('')}`);
}

export function printJson(io: CaIo, value: unknown): void {
  io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Facts as the members of an object: `previous serial` becomes `previousSerial`. */
export function factsJson(facts: readonly Fact[]): Record<string, string> {
  return Object.fromEntries(
    facts.map(([label, value]) => [label.replaceAll(/ (\w)/g, (_, first) => first.toUpperCase()), value]),
  );
}

/** A fingerprint as openssl and browsers show it: pairs with colons. */
export function printFingerprint(hex: string): string {
  return (hex.toUpperCase().match(/../g) ?? []).join(':');
}

export function printDate(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function printAltNames(names: readonly AltName[]): string {
  return names.map(printAltName).join(', ');
}

/** What a certificate says, for JSON. */
export function certificateJson(certificate: Certificate) {
  return {
    subject: certificate.subjectDn,
    issuer: certificate.issuerDn,
    serial: certificate.serialNumber,
    altNames: altNamesOf(certificate).map(printAltName),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    sha256: certificate.sha256,
    spkiSha256: certificate.spkiSha256,
  };
}

export function certificateFacts(certificate: Certificate, now: Date): Fact[] {
  const names = altNamesOf(certificate);
  return [
    ['subject', certificate.subjectDn],
    ...(names.length === 0 ? [] : ([['names', printAltNames(names)]] as const)),
    ['serial', certificate.serialNumber],
    ['valid until', `${printDate(certificate.notAfter)} (${daysUntil(certificate.notAfter, now)} days)`],
    ['SHA-256', printFingerprint(certificate.sha256)],
  ];
}

/** A certificate that was made, and the files that it lies in. */
export function printIssued(
  io: CaIo,
  verb: string,
  issued: IssuedCertificate,
  json: boolean,
  extra: readonly Fact[] = [],
): void {
  const { certificate, key, bundle } = issued.files;
  const files = issued.hasKey ? { certificate, key, bundle } : { certificate };
  if (json) {
    const more = factsJson(extra);
    printJson(io, {
      name: issued.name,
      profile: issued.profile,
      ...certificateJson(issued.certificate),
      files,
      ...more,
    });
    return;
  }
  const fileFacts: Fact[] = issued.hasKey
    ? [
        ['certificate', certificate],
        ['private key', key],
        ['both in one', bundle],
      ]
    : [['certificate', certificate]];
  const facts = certificateFacts(issued.certificate, new Date());
  printFacts(io, `${verb} ${issued.name} (${issued.profile})`, [...facts, ...fileFacts, ...extra]);
}

export function crlJson(crl: Crl) {
  return {
    number: crl.crlNumber,
    thisUpdate: crl.thisUpdate.toISOString(),
    nextUpdate: crl.nextUpdate?.toISOString(),
    revoked: crl.revokedCount,
  };
}

export function crlFact(crl: Crl, path: string): Fact {
  const until = crl.nextUpdate === undefined ? '' : `, next due ${printDate(crl.nextUpdate)}`;
  return ['revocation list', `number ${crl.crlNumber ?? 'none'}, ${crl.revokedCount} revoked${until} (${path})`];
}
