// The attribute types that a subject may be written with: a name or an OID in; how RFC 5280 wants the value encoded, and
// how long X.520 lets it be, out. Every short name that a certificate is printed with is understood here.
import { knownAttributeTypes } from '../x509/attribute-types.ts';

/** What is known of one attribute type. */
export interface AttributeDefinition {
  readonly oid: string;
  /** The short name, as it is printed; the OID where there is none. */
  readonly name: string;
  /** RFC 5280 section 4.1.2.4: UTF8String, but for the few types that X.520 restricts. */
  readonly encoding: 'utf8String' | 'printableString' | 'ia5String';
  /** The upper bound, in characters. */
  readonly maxLength: number;
  readonly pattern?: RegExp;
  /** What is wrong when the pattern does not match. */
  readonly rule?: string;
}

type Restriction = Partial<Omit<AttributeDefinition, 'oid' | 'name'>>;

const printable: Restriction = {
  encoding: 'printableString',
  pattern: /^[A-Za-z0-9 '()+,\-./:=?]+$/,
  rule: 'has a character that this attribute cannot hold',
};
const ascii: Restriction = { encoding: 'ia5String', pattern: /^[\x20-\x7e]+$/, rule: 'is not ASCII' };
const country: Restriction = {
  encoding: 'printableString',
  pattern: /^[A-Za-z]{2}$/,
  rule: 'is not a country code of two letters',
};

const restrictions: Record<string, Restriction> = {
  CN: { maxLength: 64 },
  O: { maxLength: 64 },
  OU: { maxLength: 64 },
  C: country,
  ST: { maxLength: 128 },
  L: { maxLength: 128 },
  street: { maxLength: 128 },
  title: { maxLength: 64 },
  serialNumber: { ...printable, maxLength: 64 },
  dnQualifier: { ...printable, maxLength: 64 },
  DC: { ...ascii, maxLength: 63 },
  emailAddress: { ...ascii, maxLength: 255 },
};

/** What people write beside OpenSSL's short names. */
const aliases: Record<string, string> = {
  commonname: 'CN',
  organization: 'O',
  organizationname: 'O',
  organizationalunit: 'OU',
  organizationalunitname: 'OU',
  country: 'C',
  countryname: 'C',
  state: 'ST',
  s: 'ST',
  stateorprovincename: 'ST',
  locality: 'L',
  localityname: 'L',
  streetaddress: 'street',
  surname: 'SN',
  givenname: 'GN',
  userid: 'UID',
  domaincomponent: 'DC',
  e: 'emailAddress',
  email: 'emailAddress',
};

const longestValue = 256;

/** The attribute type of a name, whatever its case, or of a dotted OID. */
export function attributeOf(type: string): AttributeDefinition | undefined {
  const isOid = /^[0-2](\.(0|[1-9]\d*)){2,}$/.test(type);
  const wanted = (aliases[type.toLowerCase()] ?? type).toLowerCase();
  const [oid, name] =
    [...knownAttributeTypes()].find((pair) => pair[0] === type || pair[1].toLowerCase() === wanted) ?? [];
  if (oid !== undefined && name !== undefined) {
    return { oid, name, encoding: 'utf8String', maxLength: longestValue, ...restrictions[name] };
  }
  return isOid ? { oid: type, name: type, encoding: 'utf8String', maxLength: longestValue } : undefined;
}
