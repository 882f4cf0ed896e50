// The CA of a directory as it lies on disk: its certificate, the CAs above it if it is not a root itself, and, only when
// something is to be signed, its private key. Says early and in words why a certificate or key cannot be a CA's.
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';
import { type Certificate, parseCertificates } from '../x509/certificate.ts';
import { isSelfSigned } from '../x509/certification-path.ts';
import { keyMatches, parsePrivateKey } from '../x509/private-key.ts';
import { weaknessOfKey } from './key-spec.ts';
import { type Signer, signingAlgorithmOf } from './signer.ts';

/** Where a CA's certificate and key are. */
export interface AuthorityFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The CA as others see it. */
export interface Authority {
  readonly certificate: Certificate;
  /** CA certificates above an intermediate one, as its file holds them; empty for a root. */
  readonly parents: readonly Certificate[];
  /** What leaf certificates are sent with: this CA and those above it, without a root; empty for a root. */
  readonly intermediates: readonly Certificate[];
}

/**
 * Reads the CA certificate: the first of the file; more may follow when it is an intermediate one.
 *
 * @throws MutualError `file-unreadable`, `pem-invalid`, `ca-empty`, or `certificate-invalid` if it may not sign.
 */
export async function loadAuthority(path: string): Promise<Authority> {
  const [certificate, ...parents] = parseCertificates(await readBytes(path), path);
  if (certificate === undefined) throw new MutualError('ca-empty', `${path} holds no certificate`);
  const fault = faultOfAuthority(certificate);
  if (fault !== undefined) throw new MutualError('certificate-invalid', `${path} (${certificate.subjectDn}) ${fault}`);
  const chain = [certificate, ...parents];
  return { certificate, parents, intermediates: chain.filter((ca) => !isSelfSigned(ca)) };
}

/**
 * Reads the CA's key and checks that it belongs to the certificate.
 *
 * @throws MutualError `file-unreadable`, `key-invalid` (also for a missing or wrong passphrase), `key-mismatch`.
 */
export async function loadSigner(files: AuthorityFiles, authority: Authority, passphrase?: string): Promise<Signer> {
  const pem = await readBytes(files.key);
  if (passphrase === undefined && /^(-----BEGIN |Proc-Type:.*)ENCRYPTED/m.test(pem.toString('latin1'))) {
    throw new MutualError('key-invalid', `${files.key} is encrypted: give its passphrase with --passphrase-file`);
  }
  const key = parsePrivateKey(pem, files.key, passphrase);
  if (!keyMatches(authority.certificate, key)) {
    throw new MutualError('key-mismatch', `${files.key} is not the key of ${files.certificate}`);
  }
  return { certificate: authority.certificate, key: checkedKey(key, files.key) };
}

function checkedKey(key: KeyObject, source: string): KeyObject {
  const weakness = weaknessOfKey(key);
  if (weakness !== undefined) throw new MutualError('key-invalid', `${source}: ${weakness}`);
  signingAlgorithmOf(key);
  return key;
}

function faultOfAuthority(certificate: Certificate): string | undefined {
  const { isCa, keyUsage, pathLength } = certificate;
  // A version 1 root, as the old `openssl x509 -req -signkey` recipe makes, has no extensions to say that it is a CA.
  const oldRoot = certificate.extendedKeyUsage === undefined && keyUsage.length === 0 && isSelfSigned(certificate);
  if (!isCa && (!oldRoot || certificate.subjectKeyId !== undefined)) {
    return 'is not a CA certificate: its basicConstraints do not say CA:TRUE';
  }
  if (keyUsage.length > 0 && !keyUsage.includes('keyCertSign'))
    return 'may not sign certificates: keyUsage lacks keyCertSign';
  if (pathLength !== undefined && pathLength < 0) return 'has an invalid path length';
  return undefined;
}

/** @throws MutualError `file-unreadable` */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const why = systemCodeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new MutualError('file-unreadable', `cannot read ${path}: ${why}`, { cause: error });
  }
}
