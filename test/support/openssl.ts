// Real certificates for tests, made by the openssl program in a directory that goes away after the test.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
}

/** Runs openssl and returns its stdout as text; throws with its stderr if it fails. */
export function runOpenssl(args: readonly string[], options: RunOptions = {}): string {
  return execFileSync('openssl', args, {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 << 20,
    ...options,
  });
}

/** Anything with an `after` hook: the context of a test, or `{ after }` of node:test for a whole file. */
export interface AfterHook {
  after(fn: () => void): void;
}

/** A fresh directory, removed after the test. */
export function temporaryDirectory(t: AfterHook): string {
  const directory = mkdtempSync(join(tmpdir(), 'mutual-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Paths of one certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface CaFiles extends CertificateFiles {
  readonly directory: string;
  readonly name: string;
}

export type Purpose = 'clientAuth' | 'serverAuth' | 'codeSigning' | 'anyExtendedKeyUsage';

export interface CaOptions {
  /** In openssl's `-subj` form; default `/O=Test/CN=<name>`. */
  readonly subject?: string;
  /** The CA that signs this one; absent: self-signed. */
  readonly ca?: CaFiles;
  readonly pathLength?: number;
}

export interface CertificateOptions {
  /** Absent: self-signed. */
  readonly ca?: CaFiles;
  /** File name without suffix; also the default common name. */
  readonly name: string;
  /** In openssl's `-subj` form (`/O=Company A/OU=x+CN=y`, UTF-8); default `/CN=<name>`. */
  readonly subject?: string;
  /** subjectAltName in openssl's form: `DNS:localhost,IP:127.0.0.1`. */
  readonly san?: string;
  /** Absent: no extendedKeyUsage extension. */
  readonly eku?: Purpose | readonly Purpose[];
  /** Lines for the extension section of an openssl configuration, beside those made from the options above. */
  readonly extensions?: readonly string[];
  /** Days of validity from `notBefore`; default 30. */
  readonly days?: number;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Hex digits; default: random. */
  readonly serial?: string;
}

void writeFileSync;

/** A CA with a P-256 key: `<name>.crt` and `<name>.key` in the directory. */
export function makeCa(_directory: string, _name = 'ca', _options: CaOptions = {}): CaFiles {
  throw new Error('not written yet');
}

/** A leaf certificate with a P-256 key: `<name>.crt` and `<name>.key` in the directory. */
export function makeCertificate(_directory: string, _options: CertificateOptions): CertificateFiles {
  throw new Error('not written yet');
}

/** A CRL of this CA that revokes these certificates: `<name>.crl` in PEM; its path. */
export function makeCrl(
  _ca: CaFiles,
  _options: { name?: string; revoked?: readonly string[]; days?: number; lastUpdate?: Date; nextUpdate?: Date } = {},
): string {
  throw new Error('not written yet');
}
