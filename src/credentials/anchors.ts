// Reads the certificates that admit peers. An empty file is an error and never means the public roots.

import { MutualError } from '../errors.ts';
import { type Certificate, parseCertificates } from '../x509/certificate.ts';
import { expiryWarning } from './credential-warning.ts';
import { readCredentialFile } from './read-file.ts';

export interface Anchors {
  /** Every certificate of every file, none twice. At least one. */
  readonly certificates: readonly Certificate[];
  /** The file of each, by its SHA-256. */
  readonly files: ReadonlyMap<string, string>;
  readonly warnings: readonly string[];
}

/** @throws MutualError `ca-empty`, `file-unreadable`, `pem-invalid` or `certificate-invalid` */
export function loadAnchors(files: readonly string[], role: string, nowMs: number): Anchors {
  const byFingerprint = new Map<string, Certificate>();
  const origins = new Map<string, string>();
  const warnings: string[] = [];
  for (const file of files) {
    const found = parseCertificates(readCredentialFile(file, role).toString('latin1'), file);
    if (found.length === 0) {
      throw new MutualError('ca-empty', `${role} ${file} holds no certificate: nobody could be verified against it`);
    }
    for (const certificate of found) {
      byFingerprint.set(certificate.sha256, certificate);
      origins.set(certificate.sha256, file);
      const expiry = expiryWarning(role, file, certificate, nowMs);
      if (expiry !== undefined) warnings.push(expiry);
      if (!certificate.isCa) {
        warnings.push(`${role} ${file}: ${certificate.subjectDn} is not a CA certificate and can verify nobody`);
      }
    }
  }
  if (byFingerprint.size === 0) throw new MutualError('ca-empty', `${role} is not given`);
  return { certificates: [...byFingerprint.values()], files: origins, warnings };
}
