// A certificate with its chain and the private key that belongs to it, read from disk and checked against each
// other. Nothing is handed out that the TLS library would refuse later.

import { statSync } from 'node:fs';
import { MutualError } from '../errors.ts';
import { type Certificate, parseCertificates } from '../x509/certificate.ts';
import { keyMatches, parsePrivateKey } from '../x509/private-key.ts';
import { expiryWarning } from './credential-warning.ts';
import { readCredentialFile, readPasswordFile } from './read-file.ts';

export interface KeyPair {
  /** PEM: the certificate first, then its chain. */
  readonly certificate: string;
  /** PEM (PKCS#8), in the clear: the password has been applied. */
  readonly key: string;
  /** The certificate itself. */
  readonly leaf: Certificate;
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

export interface KeyPairFiles {
  readonly certificate: string;
  readonly key: string;
  readonly keyPasswordFile?: string | undefined;
}

/** @throws MutualError `file-unreadable`, `pem-invalid`, `certificate-invalid`, `key-invalid` or `key-mismatch` */
export function loadKeyPair(files: KeyPairFiles, role: string, nowMs: number): KeyPair {
  const chain = parseCertificates(readCredentialFile(files.certificate, role).toString('latin1'), files.certificate);
  const [leaf] = chain;
  if (leaf === undefined) {
    throw new MutualError('certificate-invalid', `${role} ${files.certificate} holds no certificate`);
  }
  const password = files.keyPasswordFile === undefined ? undefined : readPasswordFile(files.keyPasswordFile);
  const keyText = readCredentialFile(files.key, 'the private key').toString('latin1');
  if (password === undefined && keyText.includes('ENCRYPTED')) {
    throw new MutualError(
      'key-invalid',
      `the private key ${files.key} is encrypted: name the file that holds its password (keyPasswordFile)`,
    );
  }
  const key = parsePrivateKey(keyText, files.key, password);
  if (!keyMatches(leaf, key)) {
    throw new MutualError(
      'key-mismatch',
      `the private key ${files.key} does not belong to ${role} ${files.certificate} (${leaf.subjectDn})`,
    );
  }
  const warnings = [
    expiryWarning(role, files.certificate, leaf, nowMs),
    permissionWarning(files.key),
    orderWarning(role, files.certificate, chain),
  ];
  return {
    certificate: chain.map((certificate) => certificate.pem()).join(''),
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    leaf,
    warnings: warnings.filter((warning) => warning !== undefined),
  };
}

function permissionWarning(file: string): string | undefined {
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) === 0) return undefined;
  return `the private key ${file} can be read by other users (mode ${mode.toString(8).padStart(4, '0')}): chmod 600 it`;
}

/** Each certificate of a chain file must be followed by its issuer, or clients cannot build the path. */
function orderWarning(role: string, file: string, chain: readonly Certificate[]): string | undefined {
  for (let i = 0; i + 1 < chain.length; i += 1) {
    if (chain[i]?.issuerDn !== chain[i + 1]?.subjectDn) {
      return `${role} ${file}: certificate ${i + 2} is not the issuer of certificate ${i + 1}; order the chain from the leaf up`;
    }
  }
  return undefined;
}
