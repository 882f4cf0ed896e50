// Keys that need a passphrase and got none: what a person is told.
import { MutualError } from '../errors.ts';

export function isEncryptedKey(pem: Buffer): boolean {
  return /^(-----BEGIN |Proc-Type:.*)ENCRYPTED/m.test(pem.toString('latin1'));
}

export function encryptedKey(path: string): MutualError {
  return new MutualError('key-invalid', `${path} is encrypted: give its passphrase with --key-passphrase-file`);
}
