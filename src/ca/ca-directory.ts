// The books of a CA on disk: its index, numbers, certificates and the files of every name. Values in, files out, and
// back; knows no keys of its own and signs nothing. Callers that change anything hold the lock of the store.
import { chmod, lstat, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';
import { type Certificate, parseCertificates } from '../x509/certificate.ts';
import { readBytes } from './authority.ts';
import { type IndexEntry, parseIndex, printIndex } from './index-file.ts';
import { nextNumber } from './serial-number.ts';
import { type EntryPaths, entryPathsOf, pathsOf, type StorePaths } from './store-paths.ts';
import { createFile, keepFile, replaceFile } from './write-file.ts';

/** Permissions: what is public (behind a directory that is not), a private key, the key of the CA. */
export const fileModes = { public: 0o644, key: 0o600, caKey: 0o400, directory: 0o700 } as const;

export class CaDirectory {
  readonly paths: StorePaths;

  constructor(directory: string) {
    this.paths = pathsOf(directory);
  }

  /** Whether a CA, or a part of one, lies here. */
  async isTaken(): Promise<string | undefined> {
    const { certificate, key, index } = this.paths;
    for (const path of [certificate, key, index]) if (await exists(path)) return path;
    return undefined;
  }

  /** Makes the directories, each for its owner alone. One that exists keeps its permissions, but for `private`. */
  async makeDirectories(): Promise<void> {
    const { directory, privateDirectory, newCertificates, archive } = this.paths;
    for (const path of [directory, privateDirectory, newCertificates, archive]) {
      await mkdir(path, { recursive: true, mode: fileModes.directory }).catch((error: unknown) => {
        throw new MutualError('file-unwritable', `cannot make ${path}: ${messageOf(error)}`, { cause: error });
      });
    }
    await chmod(privateDirectory, fileModes.directory);
  }

  async readIndex(): Promise<IndexEntry[]> {
    const { index } = this.paths;
    return parseIndex((await readBytes(index)).toString(), index);
  }

  async writeIndex(entries: readonly IndexEntry[]): Promise<void> {
    await replaceFile(this.paths.index, printIndex(entries), fileModes.public);
  }

  /** `serial` is what openssl would take next. This CA never counts; the file only has to be there and be random. */
  async writeSerial(serial: string): Promise<void> {
    await replaceFile(this.paths.serial, `${serial}\n`, fileModes.public);
  }

  /** The number of the next CRL; the file then holds the one after it, as openssl leaves it. */
  async takeCrlNumber(): Promise<string> {
    const text = (await readBytes(this.paths.crlNumber)).toString().trim();
    if (!/^([0-9A-F]{2}){1,20}$/i.test(text)) {
      throw new MutualError('store-invalid', `${this.paths.crlNumber}: "${text}" is not a number in hexadecimal`);
    }
    await replaceFile(this.paths.crlNumber, `${nextNumber(text)}\n`, fileModes.public);
    return text.toUpperCase();
  }

  async writeCrl(pem: string): Promise<void> {
    await replaceFile(this.paths.crl, pem, fileModes.public);
  }

  /** Keeps a certificate under its serial number. This record comes before everything else about it. */
  async recordCertificate(certificate: Certificate): Promise<void> {
    await createFile(this.#recordPath(certificate.serialNumber), certificate.pem(), fileModes.public);
  }

  /** A certificate that was signed once; undefined where its file is gone. */
  async findRecorded(serial: string): Promise<Certificate | undefined> {
    return this.#readCertificate(this.#recordPath(serial));
  }

  entryPaths(name: string): EntryPaths {
    return entryPathsOf(this.paths.directory, name);
  }

  /** The current certificate of a name; undefined where there is none. */
  async findNamed(name: string): Promise<Certificate | undefined> {
    return this.#readCertificate(this.entryPaths(name).certificate);
  }

  /** The files of a name that exist already, so that nothing is begun that would have to overwrite one. */
  async takenFiles(name: string): Promise<string[]> {
    const { certificate, key, bundle } = this.entryPaths(name);
    const taken = await Promise.all(
      [certificate, key, bundle].map(async (path) => ((await exists(path)) ? [path] : [])),
    );
    return taken.flat();
  }

  /** The name under which each serial number's certificate lies in the directory now. */
  async namesBySerial(): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (const file of await readdir(this.paths.directory)) {
      const path = join(this.paths.directory, file);
      if (!file.endsWith('.crt') || path === this.paths.certificate) continue;
      // A file of somebody else's in this directory is no fault of the CA.
      const certificate = await this.#readCertificate(path).catch(() => undefined);
      if (certificate !== undefined) names.set(certificate.serialNumber, basename(file, '.crt'));
    }
    return names;
  }

  /**
   * Keeps the files of a name under `archive/NAME-SERIAL.*`; the originals stay until they are replaced, so that a
   * reader always finds some. A .p12 is moved: it is not made again by itself.
   */
  async archive(name: string, serial: string): Promise<void> {
    const { certificate, key, bundle, pkcs12 } = this.entryPaths(name);
    const target = (path: string) => join(this.paths.archive, `${name}-${serial}${path.slice(path.lastIndexOf('.'))}`);
    for (const path of [certificate, key, bundle]) {
      // A copy that is there already is that of a renewal which was cut short.
      if ((await exists(path)) && !(await exists(target(path)))) await keepFile(path, target(path));
    }
    if (await exists(pkcs12)) await rename(pkcs12, target(pkcs12));
  }

  #recordPath(serial: string): string {
    return join(this.paths.newCertificates, `${serial}.pem`);
  }

  async #readCertificate(path: string): Promise<Certificate | undefined> {
    try {
      return parseCertificates(await readFile(path), path)[0];
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
