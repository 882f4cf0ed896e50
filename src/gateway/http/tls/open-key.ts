// A key that may be encrypted, and the passwords that are known: of those the one that opens it.

import { createPrivateKey } from 'node:crypto';
import type { KeyObject as PemKey } from 'node:tls';

/** Without a password where none opens it: the TLS library will say what is wrong then. */
export function openKey(pem: Buffer, passwords: readonly string[]): PemKey {
  const passphrase = passwords.find((one) => {
    try {
      createPrivateKey({ key: pem, passphrase: one });
      return true;
    } catch {
      return false;
    }
  });
  return { pem, ...(passphrase === undefined ? {} : { passphrase }) };
}

/** A password on each line. */
export function passwordsIn(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line !== '');
}
