// The extensions of a certificate (RFC 5280 section 4.2): the elements in, those that this program acts on out.
// One that occurs twice has no one meaning, so that the certificate is refused.

import { type AltNames, noAltNames, parseAltNames, parseGeneralNames } from './alt-names.ts';
import { constructed, type DerElement, type DerReader, derTags, parseDer, primitive, refuseDer } from './der.ts';
import { parseBoolean, parseNamedBits, parseOid, parseSmallInteger } from './der-values.ts';

export interface CertificateExtensions {
  readonly altNames: AltNames;
  readonly isCa: boolean;
  readonly pathLength: number | undefined;
  readonly keyUsage: readonly string[];
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly crlUrls: readonly string[];
  readonly ocspUrls: readonly string[];
}

export const extensionOids = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  altNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  deltaCrlIndicator: '2.5.29.27',
  issuingDistributionPoint: '2.5.29.28',
  crlDistributionPoints: '2.5.29.31',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
} as const;

const ocspMethod = '1.3.6.1.5.5.7.48.1';

const keyUsageNames = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

/** Content of every extension by its OID. @throws MutualError `certificate-invalid` */
export function readExtensions(list: DerReader): Map<string, Buffer> {
  const values = new Map<string, Buffer>();
  while (!list.atEnd) {
    const extension = list.read(derTags.sequence).children();
    const oid = parseOid(extension.read(derTags.oid));
    const critical = extension.readOptional(derTags.boolean);
    if (critical !== undefined) parseBoolean(critical);
    const value = extension.read(derTags.octetString).content;
    extension.expectEnd();
    if (values.has(oid)) refuseDer(`extension ${oid} occurs twice`);
    values.set(oid, value);
  }
  return values;
}

/** @throws MutualError `certificate-invalid` */
export function parseCertificateExtensions(values: ReadonlyMap<string, Buffer>): CertificateExtensions {
  const decode = <T>(oid: string, parse: (content: Buffer) => T): T | undefined => {
    const content = values.get(oid);
    return content === undefined ? undefined : parse(content);
  };
  return {
    altNames: decode(extensionOids.altNames, parseAltNames) ?? noAltNames,
    ...(decode(extensionOids.basicConstraints, parseBasicConstraints) ?? { isCa: false, pathLength: undefined }),
    keyUsage: decode(extensionOids.keyUsage, parseKeyUsage) ?? [],
    extendedKeyUsage: decode(extensionOids.extendedKeyUsage, parseExtendedKeyUsage),
    subjectKeyId: decode(extensionOids.subjectKeyId, (der) =>
      parseDer(der, derTags.octetString).content.toString('hex'),
    ),
    authorityKeyId: decode(extensionOids.authorityKeyId, parseAuthorityKeyId),
    crlUrls: decode(extensionOids.crlDistributionPoints, parseCrlUrls) ?? [],
    ocspUrls: decode(extensionOids.authorityInfoAccess, parseOcspUrls) ?? [],
  };
}

function parseBasicConstraints(der: Buffer): { isCa: boolean; pathLength: number | undefined } {
  const fields = parseDer(der, derTags.sequence).children();
  const ca = fields.readOptional(derTags.boolean);
  const length = fields.readOptional(derTags.integer);
  fields.expectEnd();
  return {
    isCa: ca !== undefined && parseBoolean(ca),
    pathLength: length === undefined ? undefined : parseSmallInteger(length),
  };
}

function parseKeyUsage(der: Buffer): string[] {
  return parseNamedBits(parseDer(der, derTags.bitString)).flatMap((bit) => keyUsageNames[bit] ?? []);
}

function parseExtendedKeyUsage(der: Buffer): string[] {
  const oids: string[] = [];
  const purposes = parseDer(der, derTags.sequence).children();
  while (!purposes.atEnd) oids.push(parseOid(purposes.read(derTags.oid)));
  return oids;
}

/** The key identifier, lower-case hex. Lists carry this extension too. */
export function parseAuthorityKeyId(der: Buffer): string | undefined {
  return parseDer(der, derTags.sequence).children().readOptional(primitive(0))?.content.toString('hex');
}

function parseCrlUrls(der: Buffer): string[] {
  const urls: string[] = [];
  const points = parseDer(der, derTags.sequence).children();
  while (!points.atEnd) {
    const place = points.read(derTags.sequence).children().readOptional(constructed(0))?.children();
    const fullName = place?.readOptional(constructed(0));
    if (fullName !== undefined) urls.push(...parseGeneralNames(fullName.children()).uri);
  }
  return urls;
}

function parseOcspUrls(der: Buffer): string[] {
  const urls: string[] = [];
  const descriptions = parseDer(der, derTags.sequence).children();
  while (!descriptions.atEnd) {
    const description: DerElement = descriptions.read(derTags.sequence);
    const parts = description.children();
    const isOcsp = parseOid(parts.read(derTags.oid)) === ocspMethod;
    const { uri } = parseGeneralNames(parts);
    if (isOcsp) urls.push(...uri);
  }
  return urls;
}
