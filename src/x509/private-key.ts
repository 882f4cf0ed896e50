// A private key: PEM in, a key object out, or one clear reason why not. Never prints key material.

import type { KeyObject } from 'node:crypto';
import { MutualError } from '../errors.ts';
import type { Certificate } from './certificate.ts';

/**
 * The first private key of a PEM text.
 *
 * @param source name of the file, for errors
 * @throws MutualError `pem-invalid` or `key-invalid`
 */
export function parsePrivateKey(_pem: string | Buffer, _source: string, _passphrase?: string): KeyObject {
  throw new MutualError('internal', 'not written yet');
}

/** Does this key belong to this certificate? */
export function keyMatches(_certificate: Certificate, _key: KeyObject): boolean {
  throw new MutualError('internal', 'not written yet');
}
