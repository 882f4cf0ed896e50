// X-Forwarded-Tls-Client-Cert and -Cert-Info, as Traefik's PassTLSClientCert sends them with everything turned on
// (pkg/middlewares/passtlsclientcert). Traefik writes names into a list of quoted fields without escaping them, so that a
// common name `x",CN="admin` becomes two; here what could end a field is percent-encoded first.

import type { Certificate } from '../../../../x509/certificate.ts';
import type { Name } from '../../../../x509/name.ts';
import type { Convention, Header } from './convention.ts';

export const traefikHeaders: Convention = (authentication, { traefik }) => {
  if (authentication.kind !== 'verified') return [];
  const { certificate, chain } = authentication.identity;
  const headers: Header[] = [];
  if (traefik?.certificate !== false) {
    const intermediates = traefik?.chain === true ? chain : [];
    if (intermediates !== undefined) {
      headers.push(['X-Forwarded-Tls-Client-Cert', [certificate, ...intermediates].map(base64).join(',')]);
    }
  }
  // Of the client's own certificate alone: Traefik adds those of CAs, under the very same keys.
  if (traefik?.info !== false) headers.push(['X-Forwarded-Tls-Client-Cert-Info', queryEscape(infoOf(certificate))]);
  return headers;
};

/** The lines of a PEM block joined, without the markers. */
function base64({ der }: Certificate): string {
  return der.toString('base64');
}

function infoOf(certificate: Certificate): string {
  const { subject, issuer, serialNumber, notBefore, notAfter, altNames } = certificate;
  const names = [...altNames.dns, ...altNames.email, ...altNames.ip, ...altNames.uri];
  const fields = [
    ['Subject', nameOf(subject, subjectParts)],
    ['Issuer', nameOf(issuer, issuerParts)],
    ['SerialNumber', decimal(serialNumber)],
    ['NB', String(notBefore.getTime() / 1000)],
    ['NA', String(notAfter.getTime() / 1000)],
    ['SAN', names.map(escapePart).join(',')],
  ] as const;
  return fields.flatMap(([key, value]) => (value === '' ? [] : [`${key}="${value}"`])).join(';');
}

/** Label, attribute type, and whether only the last value counts (crypto/x509/pkix, FillFromRDNSequence). */
type Part = readonly [label: string, oid: string, take: 'all' | 'last'];

const domainComponent: Part = ['DC', '0.9.2342.19200300.100.1.25', 'all'];
const place: readonly Part[] = [
  ['C', '2.5.4.6', 'all'],
  ['ST', '2.5.4.8', 'all'],
  ['L', '2.5.4.7', 'all'],
  ['O', '2.5.4.10', 'all'],
];
const own: readonly Part[] = [
  ['SN', '2.5.4.5', 'last'],
  ['CN', '2.5.4.3', 'last'],
];
const issuerParts: readonly Part[] = [domainComponent, ...place, ...own];
const subjectParts: readonly Part[] = [domainComponent, ...place, ['OU', '2.5.4.11', 'all'], ...own];

function nameOf(name: Name, parts: readonly Part[]): string {
  const attributes = name.flat();
  return parts
    .flatMap(([label, oid, take]) => {
      const values = attributes.flatMap((one) => (one.oid === oid && one.value !== undefined ? [one.value] : []));
      const taken = take === 'all' ? values : values.slice(-1);
      return taken.flatMap((value) => (value === '' ? [] : [`${label}=${escapePart(value)}`]));
    })
    .join(',');
}

/** What ends a field or a list, the sign of this escape itself, and control characters: `%XX` each. */
function escapePart(value: string): string {
  return value
    .toWellFormed()
    .replaceAll(/[%",;\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) => encodeURIComponent(character));
}

/** From hexadecimal; negative numbers have a sign in front. */
function decimal(serialNumber: string): string {
  const digits = serialNumber.replace('-', '');
  return `${digits === serialNumber ? '' : '-'}${BigInt(`0x${digits}`)}`;
}

/** Go's url.QueryEscape: a space is `+`, letters, digits and `-_.~` stay, everything else is `%XX`. */
function queryEscape(text: string): string {
  const escaped = encodeURIComponent(text).replaceAll('%20', '+');
  return escaped.replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
