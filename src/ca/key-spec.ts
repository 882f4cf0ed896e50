// Which private keys this CA makes and which public keys it signs: the words of `--key`/`--curve` in, key pairs out;
// and the one list of what is too weak to be certified. Never writes anything.
import { createHash, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { MutualError } from '../errors.ts';

const generate = promisify(generateKeyPair);

/** A key that can be made: `P-256`, `P-384`, `P-521`, `rsa:2048` to `rsa:8192`, or `ed25519`. */
export type KeySpec =
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ed25519' };

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const curves = ['P-256', 'P-384', 'P-521'] as const;
/** The OpenSSL names of the curves that are certified, as `asymmetricKeyDetails.namedCurve` prints them. */
const openSslCurves = ['prime256v1', 'secp384r1', 'secp521r1'];
const smallestRsaBits = 2048;
const largestRsaBits = 8192;

/**
 * Reads the words for a key type, such as `P-256` or `rsa:3072`; upper and lower case are one.
 *
 * @throws MutualError `usage` for anything else, and for RSA below 2048 or above 8192 bits.
 */
export function parseKeySpec(text: string): KeySpec {
  const wanted = text.trim().toLowerCase();
  const curve = curves.find((name) => name.toLowerCase() === wanted || name.replace('-', '').toLowerCase() === wanted);
  if (curve !== undefined) return { type: 'ec', curve };
  if (wanted === 'ed25519') return { type: 'ed25519' };
  const bits = Number(/^rsa:?(\d{3,5})$/.exec(wanted)?.[1]);
  if (Number.isInteger(bits)) {
    if (bits >= smallestRsaBits && bits <= largestRsaBits && bits % 8 === 0) return { type: 'rsa', bits };
    throw new MutualError('usage', `an RSA key has ${smallestRsaBits} to ${largestRsaBits} bits, not ${bits}`);
  }
  throw new MutualError('usage', `unknown key type "${text}": use P-256, P-384, P-521, rsa:3072 or ed25519`);
}

/** Makes a fresh key pair. */
export async function generateKey(spec: KeySpec): Promise<KeyPair> {
  if (spec.type === 'ec') return generate('ec', { namedCurve: spec.curve });
  if (spec.type === 'rsa') return generate('rsa', { modulusLength: spec.bits, publicExponent: 0x10001 });
  return generate('ed25519');
}

/** The key type that a key is of, so that a renewal makes the same; undefined when this CA would not make one. */
export function keySpecOf(key: KeyObject): KeySpec | undefined {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ed25519') return { type: 'ed25519' };
  if (key.asymmetricKeyType === 'ec') {
    const curve = curves[openSslCurves.indexOf(details?.namedCurve ?? '')];
    return curve === undefined ? undefined : { type: 'ec', curve };
  }
  if (key.asymmetricKeyType !== 'rsa' || details?.modulusLength === undefined) return undefined;
  return { type: 'rsa', bits: details.modulusLength };
}

/** Says what makes a public key unfit to be certified, or undefined when it is good enough. */
export function weaknessOfKey(key: KeyObject): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    if (bits < smallestRsaBits) return `an RSA key of ${bits} bits is too weak: it needs at least ${smallestRsaBits}`;
    const exponent = details?.publicExponent ?? 0n;
    // 1 encrypts nothing; an even exponent has no private key.
    if (exponent < 3n || exponent % 2n === 0n) return `an RSA key with the public exponent ${exponent} is not secure`;
    return undefined;
  }
  if (type === 'ec') {
    const curve = details?.namedCurve ?? 'unnamed';
    return openSslCurves.includes(curve) ? undefined : `the curve ${curve} is not accepted: use P-256, P-384 or P-521`;
  }
  return type === 'ed25519' ? undefined : `a ${type ?? 'secret'} key is not accepted: use EC P-256, RSA or Ed25519`;
}

/** The key type in the words of `parseKeySpec`, for printing. */
export function printKeySpec(spec: KeySpec): string {
  if (spec.type === 'ec') return spec.curve;
  return spec.type === 'rsa' ? `rsa:${spec.bits}` : 'ed25519';
}

/** SHA-256 of the SubjectPublicKeyInfo, lower-case hex: what a key is recognized by. */
export function spkiSha256Of(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
