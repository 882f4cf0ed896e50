// Who signs, and how: a CA's certificate and key in; the algorithm, the WebCrypto key, signatures and the key
// identifiers that every signed structure needs out. No files, no clock; the private key is never exported from here.
import { type KeyObject, sign, type webcrypto } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { encodeDer, encodeOid, encodeSequence } from '../x509/der-writer.ts';
import { loadX509Library } from './x509-library.ts';

/** A CA certificate with the private key that belongs to it. */
export interface Signer {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** How a key signs, in WebCrypto's words. */
export type SigningAlgorithm =
  | { readonly name: 'Ed25519' }
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: 'SHA-256' }
  | { readonly name: 'ECDSA'; readonly namedCurve: string; readonly hash: keyof typeof ecdsaOids };

const nullTag = 0x05;

/** RFC 5758 section 3.2. */
const ecdsaOids = {
  'SHA-256': '1.2.840.10045.4.3.2',
  'SHA-384': '1.2.840.10045.4.3.3',
  'SHA-512': '1.2.840.10045.4.3.4',
} as const;

/** The hash is as strong as the curve (RFC 5758 section 3.2). */
const curveAlgorithms: Record<string, SigningAlgorithm> = {
  prime256v1: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' },
};

/**
 * The algorithm that a key signs with.
 *
 * @throws MutualError `key-invalid` for a key that this CA cannot sign with.
 */
export function signingAlgorithmOf(key: KeyObject): SigningAlgorithm {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return { name: 'Ed25519' };
  if (type === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const algorithm = curveAlgorithms[curve ?? ''];
  if (algorithm === undefined) {
    throw new MutualError('key-invalid', `a CA cannot sign with a key of type ${curve ?? type ?? 'secret'}`);
  }
  return algorithm;
}

/** The private key for WebCrypto, which the certificate library signs with. */
export function signingKeyOf(key: KeyObject): webcrypto.CryptoKey {
  return key.toCryptoKey(signingAlgorithmOf(key), false, ['sign']);
}

/**
 * A signature in DER, by the algorithm of `encodedAlgorithmOf`.
 *
 * @throws MutualError `key-invalid` for a key that this CA cannot sign with.
 */
export function signWith(key: KeyObject, content: Buffer): Buffer {
  const algorithm = signingAlgorithmOf(key);
  return sign('hash' in algorithm ? algorithm.hash : null, content, key);
}

/** The AlgorithmIdentifier of this key's signatures, in DER. @throws MutualError `key-invalid` */
export function encodedAlgorithmOf(key: KeyObject): Buffer {
  const algorithm = signingAlgorithmOf(key);
  if (algorithm.name === 'Ed25519') return encodeSequence([encodeOid('1.3.101.112')]);
  // RFC 4055 section 5: RSA has NULL for a parameter; RFC 5758 section 3.2: ECDSA has none.
  if (algorithm.name === 'ECDSA') return encodeSequence([encodeOid(ecdsaOids[algorithm.hash])]);
  return encodeSequence([encodeOid('1.2.840.113549.1.1.11'), encodeDer(nullTag, [])]);
}

/** RFC 5280 section 4.2.1.2, method 1: SHA-1 of the key's bits, hex. An identifier, not a safeguard. */
export async function keyIdentifier(publicKey: KeyObject): Promise<string> {
  const { PublicKey } = await loadX509Library();
  const key = new PublicKey(encodePublicKey(publicKey));
  return Buffer.from(await key.getKeyIdentifier()).toString('hex');
}

/** The key identifier of a CA; computed where an old certificate carries none. */
export async function keyIdentifierOf(certificate: Certificate): Promise<string> {
  return certificate.subjectKeyId ?? keyIdentifier(certificate.x509.publicKey);
}

/** The SubjectPublicKeyInfo of a key, in DER. */
export function encodePublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' });
}
