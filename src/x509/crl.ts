// Certificate revocation lists (RFC 5280 section 5): a file in, its lists out; a list in, its dates, issuer
// and revoked serials out. Whether a list may be believed is for the caller to ask with verifyCrlSignature.

import { MutualError, messageOf } from '../errors.ts';
import type { Certificate } from './certificate.ts';
import { constructed, type DerElement, derTags, parseDer, primitive, refuseDer } from './der.ts';
import { parseBoolean, parseIntegerHex, parseOid, parseSmallInteger, parseTime, parseWholeBits } from './der-values.ts';
import { extensionOids, parseAuthorityKeyId, readExtensions } from './extensions.ts';
import { canonicalName, type Name, parseNameElement, printRfc2253 } from './name.ts';
import { parsePem } from './pem.ts';
import { countRevoked, readRevokedSerials } from './revoked.ts';
import type { SerialSet } from './serial-set.ts';
import { verifySignature } from './signature-algorithm.ts';

export interface Crl {
  readonly der: Buffer;
  readonly issuer: Name;
  readonly issuerDn: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Upper-case hex, as `serialNumber` of a certificate. */
  readonly crlNumber: string | undefined;
  /** Lower-case hex. */
  readonly authorityKeyId: string | undefined;
  readonly revokedCount: number;
  /** Serials in the form of `Certificate.serialNumber`; built on first use. */
  revokedSerials(): SerialSet;
  /** What is signed. */
  readonly tbs: Buffer;
  /** The whole DER AlgorithmIdentifier of the signature. */
  readonly signatureAlgorithm: Buffer;
  readonly signatureAlgorithmOid: string;
  readonly signature: Buffer;
}

const pemLabels: ReadonlySet<string> = new Set(['X509 CRL', 'CRL']);

/**
 * The DER of every list in a file: PEM with any number of `X509 CRL` blocks, or one DER list. Node reads
 * only the first block of a PEM buffer, so lists must be handed to it one by one.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid`, or `crl-invalid` if the file holds no list
 */
export function splitCrls(content: Buffer, source: string): Buffer[] {
  if (content[0] === derTags.sequence) return [content];
  const lists = parsePem(content, source).filter(({ label }) => pemLabels.has(label));
  if (lists.length === 0)
    throw new MutualError('crl-invalid', `${source}: no certificate revocation list in this file`);
  return lists.map(({ der }) => der);
}

/** @throws MutualError `crl-invalid`, also for delta and indirect lists, which cannot stand alone */
export function parseCrl(der: Buffer): Crl {
  try {
    return readCrl(der);
  } catch (error) {
    const reason = `not a usable certificate revocation list: ${messageOf(error)}`;
    throw new MutualError('crl-invalid', reason, { cause: error });
  }
}

/** True only if the list names this issuer and carries a signature of its key. Never throws. */
export function verifyCrlSignature(crl: Crl, issuer: Certificate): boolean {
  try {
    return (
      canonicalName(crl.issuer) === canonicalName(issuer.subject) &&
      verifySignature(crl.signatureAlgorithm, crl.tbs, crl.signature, issuer.x509.publicKey)
    );
  } catch {
    return false;
  }
}

function readCrl(der: Buffer): Crl {
  const outer = parseDer(der, derTags.sequence).children();
  const tbs = outer.read(derTags.sequence);
  const algorithm = outer.read(derTags.sequence);
  const signature = parseWholeBits(outer.read(derTags.bitString));
  outer.expectEnd();

  const fields = tbs.children();
  const version = fields.readOptional(derTags.integer);
  if (version !== undefined && parseSmallInteger(version) !== 1) refuseDer('unknown version of list');
  // RFC 5280 section 5.1.1.2: the algorithm that is signed and the one that is not must be the same.
  if (!fields.read(derTags.sequence).encoded.equals(algorithm.encoded)) refuseDer('two signature algorithms');
  const issuer = parseNameElement(fields.read(derTags.sequence));
  const thisUpdate = parseTime(fields.read());
  const hasNextUpdate = fields.nextTag === derTags.utcTime || fields.nextTag === derTags.generalizedTime;
  const nextUpdate = hasNextUpdate ? parseTime(fields.read()) : undefined;
  const entries = fields.readOptional(derTags.sequence)?.content ?? Buffer.alloc(0);
  const extensions = parseCrlExtensions(fields.readOptional(constructed(0)));
  fields.expectEnd();

  const revokedCount = countRevoked(entries);
  let serials: SerialSet | undefined;
  return {
    der,
    issuer,
    issuerDn: printRfc2253(issuer),
    thisUpdate,
    nextUpdate,
    ...extensions,
    revokedCount,
    revokedSerials: () => {
      serials ??= readRevokedSerials(entries, revokedCount);
      return serials;
    },
    tbs: tbs.encoded,
    signatureAlgorithm: algorithm.encoded,
    signatureAlgorithmOid: parseOid(algorithm.children().read(derTags.oid)),
    signature,
  };
}

function parseCrlExtensions(wrapper: DerElement | undefined): Pick<Crl, 'crlNumber' | 'authorityKeyId'> {
  const content = wrapper?.children();
  const list = content?.read(derTags.sequence).children();
  content?.expectEnd();
  const values = list === undefined ? new Map<string, Buffer>() : readExtensions(list);
  if (values.has(extensionOids.deltaCrlIndicator)) refuseDer('it is a delta list; give the complete one');
  refuseIndirect(values.get(extensionOids.issuingDistributionPoint));
  const number = values.get(extensionOids.crlNumber);
  const keyId = values.get(extensionOids.authorityKeyId);
  return {
    crlNumber: number === undefined ? undefined : parseIntegerHex(parseDer(number, derTags.integer)),
    authorityKeyId: keyId === undefined ? undefined : parseAuthorityKeyId(keyId),
  };
}

/** In an indirect list (RFC 5280 section 5.2.5) a serial may belong to another issuer, so that serials alone say nothing. */
function refuseIndirect(distributionPoint: Buffer | undefined): void {
  if (distributionPoint === undefined) return;
  const fields = parseDer(distributionPoint, derTags.sequence).children();
  while (!fields.atEnd) {
    const field = fields.read();
    if (field.tag === primitive(4) && parseBoolean(field)) refuseDer('it is an indirect list');
  }
}
