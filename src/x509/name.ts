// A distinguished name: DER in, RDNs in certificate order out, and the two texts that nginx prints of it.
// Text is for people and headers; rules compare the parsed values, because text of a name can be forged
// by what stands inside its values.

import { decodeAsn1String } from './asn1-string.ts';
import { shortNameOf } from './attribute-types.ts';
import { type DerElement, derTags, parseDer } from './der.ts';
import { parseOid } from './der-values.ts';

export interface AttributeTypeAndValue {
  /** Dotted object identifier of the attribute type. */
  readonly oid: string;
  /** The whole DER element (tag, length, content) of the value. */
  readonly der: Buffer;
  /** The value as Unicode text; undefined where it is no string. */
  readonly value: string | undefined;
}

/** Attributes of one level of a name; nearly always exactly one. */
export type RelativeDistinguishedName = readonly AttributeTypeAndValue[];

/** The RDNs in the order of the certificate: country first, common name last. */
export type Name = readonly RelativeDistinguishedName[];

const attributeOids = {
  commonName: '2.5.4.3',
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  country: '2.5.4.6',
  locality: '2.5.4.7',
  stateOrProvince: '2.5.4.8',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  organizationIdentifier: '2.5.4.97',
  userId: '0.9.2342.19200300.100.1.1',
  domainComponent: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
} as const;

export type AttributeType = keyof typeof attributeOids;

const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

/** @throws MutualError `certificate-invalid` */
export function parseName(der: Buffer): Name {
  return parseNameElement(parseDer(der, derTags.sequence));
}

/** A name that is part of something larger. @throws MutualError `certificate-invalid` */
export function parseNameElement(element: DerElement): Name {
  const name: RelativeDistinguishedName[] = [];
  const rdns = element.children();
  while (!rdns.atEnd) {
    const attributes: AttributeTypeAndValue[] = [];
    const set = rdns.read(derTags.set).children();
    while (!set.atEnd) {
      const pair = set.read(derTags.sequence).children();
      const oid = parseOid(pair.read(derTags.oid));
      const value = pair.read();
      pair.expectEnd();
      attributes.push({ oid, der: value.encoded, value: decodeAsn1String(value) });
    }
    // An empty set says nothing, and OpenSSL drops it.
    if (attributes.length > 0) name.push(attributes);
  }
  return name;
}

/**
 * The values of one attribute type, in the order of the certificate. Left out are values that are no text, and
 * those with control characters (a NUL has cut names short in other programs): they match no rule.
 */
export function attributeValues(name: Name, type: AttributeType): string[] {
  const oid = attributeOids[type];
  return name
    .flat()
    .filter((attribute) => attribute.oid === oid)
    .flatMap(({ value }) => (value === undefined || controlCharacter.test(value) ? [] : [value]));
}

/**
 * A key under which names that are equal are the same string: string types, letter case of ASCII and runs of
 * white space make no difference (RFC 5280 section 7.1, as X509_NAME_cmp does it). For maps, not for people.
 */
export function canonicalName(name: Name): string {
  const rdns = name.map((rdn) => rdn.map(canonicalAttribute).sort());
  return JSON.stringify(rdns);
}

function canonicalAttribute({ oid, der, value }: AttributeTypeAndValue): string {
  // Text and DER must never fall together, hence the mark between the type and the value.
  if (value === undefined) return `${oid}#${der.toString('hex')}`;
  const collapsed = value.replaceAll(/[ \t-\r]+/g, ' ').replaceAll(/^ | $/g, '');
  return `${oid}=${collapsed.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())}`;
}

/**
 * nginx's `$ssl_client_s_dn`: X509_NAME_print_ex with XN_FLAG_RFC2253 (OpenSSL crypto/asn1/a_strex.c). RDNs from the
 * last to the first, joined by `,`, attributes of one RDN by `+`. Printable ASCII only, on one line.
 */
export function printRfc2253(name: Name): string {
  return name
    .toReversed()
    .map((rdn) => rdn.toReversed().map(printAttribute).join('+'))
    .join(',');
}

function printAttribute({ oid, der, value }: AttributeTypeAndValue): string {
  const shortName = shortNameOf(oid);
  if (shortName === undefined) return `${printOid(oid)}=${printDer(der)}`;
  // The bytes of the text in UTF-8, one a character.
  return `${shortName}=${value === undefined ? printDer(der) : escapeRfc2253(Buffer.from(value).toString('latin1'))}`;
}

function escapeRfc2253(text: string): string {
  const escaped = text
    .replaceAll(/[",+;<>\\]/g, '\\$&')
    .replaceAll(/[^ -~]/g, (character) => `\\${hexByte(character)}`);
  // OpenSSL takes a sole character for the last one, so that a lone `#` stays as it is.
  const first = /^(?: |#.)/.test(escaped) ? '\\' : '';
  const last = escaped.length > 1 && escaped.endsWith(' ') ? '\\ ' : '';
  return first + (last === '' ? escaped : escaped.slice(0, -1) + last);
}

/**
 * nginx's `$ssl_client_s_dn_legacy`: X509_NAME_oneline (OpenSSL crypto/x509/x509_obj.c). Bytes as they are in the
 * certificate, also of wide strings. Ambiguous by design; nothing is decided by it.
 */
export function printLegacy(name: Name): string {
  return name
    .flatMap((rdn) =>
      rdn.map((attribute, index) => {
        const label = shortNameOf(attribute.oid) ?? printOid(attribute.oid);
        return `${index === 0 ? '/' : '+'}${label}=${escapeLegacy(legacyBytes(attribute.der))}`;
      }),
    )
    .join('');
}

function escapeLegacy(text: string): string {
  return text.replaceAll(/[/+]/g, '\\$&').replaceAll(/[^ -~]/g, (character) => `\\x${hexByte(character)}`);
}

function legacyBytes(der: Buffer): string {
  const { tag, content } = parseDer(der);
  if (tag === derTags.sequence) return der.toString('latin1');
  return (tag === derTags.bitString ? content.subarray(1) : content).toString('latin1');
}

/** OpenSSL prints identifiers into a buffer of 80 bytes. */
const printOid = (oid: string): string => oid.slice(0, 79);
const printDer = (der: Buffer): string => `#${der.toString('hex').toUpperCase()}`;
const hexByte = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
