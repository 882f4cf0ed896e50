// A distinguished name: DER in, RDNs in certificate order out, and the two texts that nginx prints of it.
// Text is for people and headers; rules compare the parsed values, because text of a name can be forged
// by what stands inside its values.

import { MutualError } from '../errors.ts';

export interface AttributeTypeAndValue {
  /** Dotted object identifier of the attribute type. */
  readonly oid: string;
  /** The whole DER element (tag, length, content) of the value. */
  readonly der: Buffer;
  /** The value as Unicode text; undefined where it is no string, or not well-formed in its encoding. */
  readonly value: string | undefined;
}

/** Attributes of one level of a name; nearly always exactly one. */
export type RelativeDistinguishedName = readonly AttributeTypeAndValue[];

/** The RDNs in the order of the certificate: country first, common name last. */
export type Name = readonly RelativeDistinguishedName[];

export type AttributeType =
  | 'commonName'
  | 'organization'
  | 'organizationalUnit'
  | 'country'
  | 'stateOrProvince'
  | 'locality'
  | 'emailAddress'
  | 'userId'
  | 'domainComponent'
  | 'serialNumber';

/** @throws MutualError `certificate-invalid` */
export function parseName(_der: Buffer): Name {
  throw new MutualError('internal', 'not written yet');
}

/** nginx's `$ssl_client_s_dn`: X509_NAME_print_ex with XN_FLAG_RFC2253. Printable ASCII only. */
export function printRfc2253(_name: Name): string {
  throw new MutualError('internal', 'not written yet');
}

/** nginx's `$ssl_client_s_dn_legacy`: X509_NAME_oneline. Printable ASCII only. */
export function printLegacy(_name: Name): string {
  throw new MutualError('internal', 'not written yet');
}

/** The values of one attribute type, in the order of the certificate; malformed ones and those with control characters are left out. */
export function attributeValues(_name: Name, _type: AttributeType): string[] {
  throw new MutualError('internal', 'not written yet');
}

/** A key under which names that RFC 5280 section 7.1 calls equal are the same string. For maps, not for people. */
export function canonicalName(_name: Name): string {
  throw new MutualError('internal', 'not written yet');
}
