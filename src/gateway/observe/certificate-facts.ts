// What is told of a certificate to people who look: a certificate in, a small plain value out. A certificate may come
// from anybody and be as large as a handshake: every text and every list here has an end.

import type { Certificate } from '../../x509/certificate.ts';

export interface AltNameFacts {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly string[];
}

export interface CertificateFacts {
  /** RFC 4514, as nginx prints it; empty for an empty subject. */
  readonly subject: string;
  readonly issuer: string;
  readonly altNames: AltNameFacts;
  /** Upper-case hex. */
  readonly serial: string;
  /** Lower-case hex, 64 digits. */
  readonly sha256: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const mostCharacters = 512;
const mostNames = 16;

export function certificateFacts(certificate: Certificate): CertificateFacts {
  const { altNames } = certificate;
  return {
    subject: clip(certificate.subjectDn, mostCharacters),
    issuer: clip(certificate.issuerDn, mostCharacters),
    altNames: {
      dns: clipAll(altNames.dns),
      email: clipAll(altNames.email),
      uri: clipAll(altNames.uri),
      ip: clipAll(altNames.ip),
    },
    serial: clip(certificate.serialNumber, mostCharacters),
    sha256: certificate.sha256,
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
  };
}

function clipAll(names: readonly string[]): readonly string[] {
  const shown = names.slice(0, mostNames).map((name) => clip(name, mostCharacters));
  return names.length > mostNames ? [...shown, `… and ${names.length - mostNames} more`] : shown;
}

/** A text of its own: a part of a text keeps the whole of it in memory. */
export function clip(text: string, most: number): string {
  // V8 copies what is as short as this anyway.
  if (text.length < 13) return text;
  const shown = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  return Buffer.from(shown, 'utf8').toString('utf8');
}
