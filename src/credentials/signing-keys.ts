// The keys that identities are signed with: PEM files in, keys out that are known to be of the one kind that is used. A
// public key is published under its thumbprint, so that the same key has the same name everywhere.

import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import { MutualError } from '../errors.ts';
import { parsePrivateKey } from '../x509/private-key.ts';
import { readCredentialFile } from './read-file.ts';

/** A public key as a JWK (RFC 7517), of the curve P-256. */
export interface PublicJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

export interface SigningKey {
  /** Its thumbprint (RFC 7638), base64url. */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

/** The first one signs. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];

export interface Jwks {
  readonly keys: readonly PublicJwk[];
}

/** @throws MutualError `file-unreadable`, `pem-invalid` or `key-invalid` */
export function loadSigningKeys(files: readonly string[]): SigningKeys {
  const keys = new Map<string, SigningKey>();
  for (const file of files) {
    const key = loadSigningKey(file);
    if (!keys.has(key.kid)) keys.set(key.kid, key);
  }
  const [first, ...others] = keys.values();
  if (first === undefined) throw new MutualError('key-invalid', 'there is no key to sign identities with');
  return [first, ...others];
}

/** The JWK Set (RFC 7517 section 5) by which others verify what these keys have signed. Nothing private is in it. */
export function jwksOf(keys: readonly SigningKey[] | undefined): Jwks {
  return { keys: (keys ?? []).map(({ publicJwk }) => publicJwk) };
}

function loadSigningKey(file: string): SigningKey {
  const text = readCredentialFile(file, 'the key that signs identities').toString('latin1');
  const privateKey = parsePrivateKey(text, file);
  if (privateKey.asymmetricKeyType !== 'ec' || privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new MutualError(
      'key-invalid',
      `the key ${file} cannot sign identities: it has to be EC P-256 ("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256")`,
    );
  }
  const { x = '', y = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = hash('sha256', JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }), 'base64url');
  return { kid, privateKey, publicJwk: { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' } };
}
