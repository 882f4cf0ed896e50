// Signature algorithms: a DER AlgorithmIdentifier in; its name, or whether a signature verifies, out.

import { constants, type KeyObject, verify } from 'node:crypto';
import { constructed, type DerElement, derTags, parseDer } from './der.ts';
import { parseOid, parseSmallInteger } from './der-values.ts';

interface Algorithm {
  /** OpenSSL's long name. */
  readonly name: string;
  /** Digest for node:crypto; null where the algorithm brings its own; undefined where this program does not verify it. */
  readonly digest: string | null | undefined;
  /** Type a key must have, as Node names it. */
  readonly keyType: string;
}

const rsa = (name: string, digest?: string): Algorithm => ({ name, digest, keyType: 'rsa' });
const ecdsa = (bits: string): Algorithm => ({ name: `ecdsa-with-SHA${bits}`, digest: `sha${bits}`, keyType: 'ec' });
const whole = (name: string, keyType: string): Algorithm => ({ name, digest: null, keyType });

const pssOid = '1.2.840.113549.1.1.10';
const mgf1Oid = '1.2.840.113549.1.1.8';

const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['1.2.840.113549.1.1.4', rsa('md5WithRSAEncryption')],
  ['1.2.840.113549.1.1.5', rsa('sha1WithRSAEncryption', 'sha1')],
  [pssOid, rsa('rsassaPss')],
  ['1.2.840.113549.1.1.11', rsa('sha256WithRSAEncryption', 'sha256')],
  ['1.2.840.113549.1.1.12', rsa('sha384WithRSAEncryption', 'sha384')],
  ['1.2.840.113549.1.1.13', rsa('sha512WithRSAEncryption', 'sha512')],
  ['1.2.840.113549.1.1.14', rsa('sha224WithRSAEncryption', 'sha224')],
  ['1.2.840.10045.4.1', ecdsa('1')],
  ['1.2.840.10045.4.3.1', ecdsa('224')],
  ['1.2.840.10045.4.3.2', ecdsa('256')],
  ['1.2.840.10045.4.3.3', ecdsa('384')],
  ['1.2.840.10045.4.3.4', ecdsa('512')],
  ['1.3.101.112', whole('ED25519', 'ed25519')],
  ['1.3.101.113', whole('ED448', 'ed448')],
  ['2.16.840.1.101.3.4.3.17', whole('ML-DSA-44', 'ml-dsa-44')],
  ['2.16.840.1.101.3.4.3.18', whole('ML-DSA-65', 'ml-dsa-65')],
  ['2.16.840.1.101.3.4.3.19', whole('ML-DSA-87', 'ml-dsa-87')],
]);

const digests: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
]);

/** OpenSSL's name of a signature algorithm, or the dotted OID of one that is not known. */
export function signatureAlgorithmName(oid: string): string {
  return algorithms.get(oid)?.name ?? oid;
}

/**
 * Does this key verify this signature? False for an algorithm that is not known, is broken (MD5), or does not fit
 * the key.
 *
 * @param algorithm the whole DER AlgorithmIdentifier
 * @throws MutualError or an error of node:crypto if the algorithm or the signature is malformed
 */
export function verifySignature(algorithm: Buffer, signed: Buffer, signature: Buffer, key: KeyObject): boolean {
  const fields = parseDer(algorithm, derTags.sequence).children();
  const oid = parseOid(fields.read(derTags.oid));
  const { digest, keyType } = algorithms.get(oid) ?? {};
  const { asymmetricKeyType } = key;
  if (oid === pssOid) {
    if (asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'rsa-pss') return false;
    const pss = parsePssParameters(fields.read(derTags.sequence));
    if (pss === undefined) return false;
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify(pss.digest, signed, { key, padding, saltLength: pss.saltLength }, signature);
  }
  if (digest === undefined || asymmetricKeyType !== keyType) return false;
  return verify(digest, signed, key, signature);
}

/** RSASSA-PSS-params (RFC 4055 section 3.1); undefined for a combination that node:crypto cannot express. */
function parsePssParameters(element: DerElement): { digest: string; saltLength: number } | undefined {
  const fields = element.children();
  const hash = fields.readOptional(constructed(0));
  const mask = fields.readOptional(constructed(1));
  const salt = fields.readOptional(constructed(2));
  const trailer = fields.readOptional(constructed(3));
  fields.expectEnd();
  const digest = hash === undefined ? 'sha1' : digestOf(hash.children().read(derTags.sequence));
  const maskDigest = mask === undefined ? 'sha1' : parseMaskDigest(mask);
  if (digest === undefined || digest !== maskDigest || trailer !== undefined) return undefined;
  return { digest, saltLength: salt === undefined ? 20 : parseSmallInteger(salt.children().read(derTags.integer)) };
}

function parseMaskDigest(mask: DerElement): string | undefined {
  const fields = mask.children().read(derTags.sequence).children();
  return parseOid(fields.read(derTags.oid)) === mgf1Oid ? digestOf(fields.read(derTags.sequence)) : undefined;
}

function digestOf(algorithm: DerElement): string | undefined {
  return digests.get(parseOid(algorithm.children().read(derTags.oid)));
}
