// What kind of public key a certificate holds: a key object in, its type and size out.

import type { KeyObject, X509Certificate } from 'node:crypto';

export interface PublicKeyKind {
  /** Node's `asymmetricKeyType`; `unknown` if this OpenSSL cannot read the key. */
  readonly type: string;
  /** Size of the modulus or of the curve; undefined where that is not known. */
  readonly bits: number | undefined;
}

const curveBits: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 256],
  ['secp384r1', 384],
  ['secp521r1', 521],
  ['secp256k1', 256],
  ['secp224r1', 224],
  ['brainpoolP256r1', 256],
  ['brainpoolP384r1', 384],
  ['brainpoolP512r1', 512],
]);

const fixedBits: ReadonlyMap<string, number> = new Map([
  ['ed25519', 256],
  ['ed448', 456],
]);

/** Never throws: a certificate with an exotic key is still a certificate. */
export function publicKeyKind(certificate: X509Certificate): PublicKeyKind {
  let key: KeyObject;
  try {
    key = certificate.publicKey;
  } catch {
    return { type: 'unknown', bits: undefined };
  }
  const type = key.asymmetricKeyType ?? 'unknown';
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return { type, bits: modulusLength ?? curveBits.get(namedCurve ?? '') ?? fixedBits.get(type) };
}
