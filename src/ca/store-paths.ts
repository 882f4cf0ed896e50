// Where everything of one CA lies. A directory and a checked name in, paths out. The names are those that people and
// `openssl ca` expect; nothing else in this folder puts a path together.
import { join } from 'node:path';

/** The files of the CA itself. */
export interface StorePaths {
  readonly directory: string;
  /** The CA's certificate; what peers trust. */
  readonly certificate: string;
  readonly crl: string;
  readonly privateDirectory: string;
  /** 0400; a symbolic link where the CA was made elsewhere. */
  readonly key: string;
  /** Every certificate ever signed, as `SERIAL.pem`. */
  readonly newCertificates: string;
  /** What a renewal replaced, as `NAME-SERIAL.crt` and so on. */
  readonly archive: string;
  readonly index: string;
  readonly indexAttributes: string;
  readonly serial: string;
  readonly crlNumber: string;
  readonly opensslConfig: string;
  readonly lock: string;
}

/** The files of one certificate. */
export interface EntryPaths {
  readonly certificate: string;
  readonly key: string;
  /** Certificate (and intermediate CAs), then key. */
  readonly bundle: string;
  readonly pkcs12: string;
}

export function pathsOf(directory: string): StorePaths {
  const privateDirectory = join(directory, 'private');
  return {
    directory,
    certificate: join(directory, 'ca.crt'),
    crl: join(directory, 'ca.crl'),
    privateDirectory,
    key: join(privateDirectory, 'ca.key'),
    newCertificates: join(directory, 'newcerts'),
    archive: join(directory, 'archive'),
    index: join(directory, 'index.txt'),
    indexAttributes: join(directory, 'index.txt.attr'),
    serial: join(directory, 'serial'),
    crlNumber: join(directory, 'crlnumber'),
    opensslConfig: join(directory, 'openssl.cnf'),
    lock: join(directory, '.lock'),
  };
}

/** @param name must have come through `parseEntryName`. */
export function entryPathsOf(directory: string, name: string): EntryPaths {
  return {
    certificate: join(directory, `${name}.crt`),
    key: join(directory, `${name}.key`),
    bundle: join(directory, `${name}.pem`),
    pkcs12: join(directory, `${name}.p12`),
  };
}
