// A CA in a directory: what the command line, the demonstration and tests work with. Opening reads the certificate only;
// each change takes the lock, reads the key it needs and leaves the books consistent.
import { MutualError, systemCodeOf } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { Crl } from '../x509/crl.ts';
import { type Authority, loadAuthority, loadSigner } from './authority.ts';
import { CaDirectory } from './ca-directory.ts';
import type { CaContext } from './certify.ts';
import { parseEntryName } from './entry-name.ts';
import { type ExportRequest, exportPkcs12 } from './export-pkcs12.ts';
import { type FoundEntry, findEntry } from './find-entry.ts';
import { adoptRoot, makeRoot, type RootRequest } from './init.ts';
import { type IntermediateRequest, makeIntermediate } from './intermediate.ts';
import { type IssuedCertificate, type IssueRequest, issueCertificate } from './issue.ts';
import { type ListedCertificate, listCertificates } from './list-certificates.ts';
import { findPrevious, type RenewedCertificate, type RenewRequest, renewCertificate } from './renew.ts';
import { type RevokedCertificate, type RevokeRequest, revokeCertificate } from './revoke.ts';
import { type SignRequest, signRequest } from './sign.ts';
import { withLock } from './store-lock.ts';
import type { EntryPaths, StorePaths } from './store-paths.ts';
import { faultsOfPermissions } from './store-permissions.ts';
import { writeCrl } from './write-crl.ts';

export interface CaOptions {
  /** The directory of the CA. */
  readonly dir: string;
  /** Of the CA's private key, if it is encrypted. */
  readonly passphrase?: string;
  /** A CA made by hand: its certificate and its key. Books are kept in `dir`, made on first use. */
  readonly madeByHand?: { readonly certificate: string; readonly key: string };
  /** The clock; default: the machine's. */
  readonly now?: () => Date;
  /** Told what the operator should know though it is no error, one line each. Default: nobody. */
  readonly onNotice?: (notice: string) => void;
}

/** How long a change waits for another process that is changing the same CA. */
const lockWaitMs = 10_000;

/**
 * Makes a CA in a directory that holds none yet, with an empty revocation list.
 *
 * @throws MutualError `store-exists`, `usage`
 */
export async function initCa(options: CaOptions & RootRequest): Promise<CaStore> {
  const directory = new CaDirectory(options.dir);
  const { madeByHand, passphrase } = options;
  if (madeByHand === undefined) await makeRoot(directory, options, (options.now ?? systemClock)());
  else await adoptRoot(directory, madeByHand, passphrase);
  const store = new CaStore(directory, await loadAuthority(directory.paths.certificate), options);
  await store.writeCrl();
  return store;
}

/**
 * Opens the CA of a directory; with `madeByHand`, makes the books for that CA where there are none.
 *
 * @throws MutualError `store-missing`, `store-invalid` if the books are those of another CA, `certificate-invalid`, …
 */
export async function openCa(options: CaOptions): Promise<CaStore> {
  const directory = new CaDirectory(options.dir);
  const { madeByHand } = options;
  if ((await directory.isTaken()) === undefined) {
    if (madeByHand !== undefined) return initCa(options);
    throw new MutualError(
      'store-missing',
      `there is no CA in ${options.dir}; make one with "mutual ca init --dir ${options.dir}"`,
    );
  }
  const authority = await loadWhole(directory);
  if (madeByHand !== undefined) {
    const other = await loadAuthority(madeByHand.certificate);
    if (!other.certificate.der.equals(authority.certificate.der)) {
      throw new MutualError(
        'store-invalid',
        `the books in ${options.dir} are those of another CA than ${madeByHand.certificate}`,
      );
    }
  }
  return new CaStore(directory, authority, options);
}

/** `ca.crt` is written last: books without it are those of an initialization that was cut short. */
async function loadWhole(directory: CaDirectory): Promise<Authority> {
  try {
    return await loadAuthority(directory.paths.certificate);
  } catch (error) {
    if (!(error instanceof MutualError) || systemCodeOf(error.cause) !== 'ENOENT') throw error;
    throw new MutualError(
      'store-invalid',
      `${directory.paths.directory} holds half a CA (no ca.crt); remove what is in it and begin again`,
      { cause: error },
    );
  }
}

function systemClock(): Date {
  return new Date();
}

export class CaStore {
  readonly #directory: CaDirectory;
  readonly #authority: Authority;
  readonly #options: CaOptions;
  /** Changes asked of this object wait for each other here, before they wait for other processes. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: CaDirectory, authority: Authority, options: CaOptions) {
    this.#directory = directory;
    this.#authority = authority;
    this.#options = options;
  }

  /** Where the files of the CA are: `certificate` (ca.crt), `crl` (ca.crl), … */
  get paths(): StorePaths {
    return this.#directory.paths;
  }

  get certificate(): Certificate {
    return this.#authority.certificate;
  }

  get authority(): Authority {
    return this.#authority;
  }

  /** Where the files of a name are, whether they exist or not. */
  entryPaths(name: string): EntryPaths {
    return this.#directory.entryPaths(name);
  }

  /** Makes a CA below this one, with an empty revocation list, in a directory that holds none yet. */
  async intermediate(request: IntermediateRequest): Promise<CaStore> {
    const { now, onNotice } = this.#options;
    const directory = new CaDirectory(request.dir);
    await this.#change((context) => makeIntermediate(context, directory, request));
    const options: CaOptions = {
      dir: request.dir,
      ...(request.passphrase === undefined ? {} : { passphrase: request.passphrase }),
      ...(now === undefined ? {} : { now }),
      ...(onNotice === undefined ? {} : { onNotice }),
    };
    const store = await openCa(options);
    await store.writeCrl();
    return store;
  }

  /** Makes a key and a certificate: NAME.key, NAME.crt, NAME.pem. */
  issue(request: IssueRequest): Promise<IssuedCertificate> {
    return this.#change((context) => issueCertificate(context, request));
  }

  /** Signs a request: NAME.crt. */
  sign(request: SignRequest): Promise<IssuedCertificate> {
    return this.#change((context) => signRequest(context, request));
  }

  /** Replaces the certificate (and key) of a name; the old files go to `archive`. */
  renew(request: RenewRequest): Promise<RenewedCertificate> {
    return this.#change((context) => renewCertificate(context, request));
  }

  /** Revokes a certificate and writes a new revocation list. */
  revoke(request: RevokeRequest): Promise<RevokedCertificate> {
    return this.#change((context) => revokeCertificate(context, request));
  }

  /** Writes a new revocation list, which lives for `days` (30). */
  writeCrl(days?: number): Promise<Crl> {
    return this.#change((context) => writeCrl(context, days));
  }

  /** Writes NAME.p12 for its owner alone; its path. */
  exportPkcs12(request: ExportRequest): Promise<string> {
    return this.#change((context) => exportPkcs12(context, request));
  }

  /** Every certificate that was ever signed, oldest first. */
  list(): Promise<ListedCertificate[]> {
    return listCertificates(this.#context());
  }

  /**
   * The certificate that a NAME, SERIAL or common name means.
   *
   * @throws MutualError `certificate-unknown`
   */
  find(target: string): Promise<FoundEntry> {
    return findEntry(this.#context(), target);
  }

  /**
   * The current certificate of a name.
   *
   * @throws MutualError `certificate-unknown`
   */
  named(name: string): Promise<Certificate> {
    return findPrevious(this.#context(), parseEntryName(name));
  }

  #change<T>(work: (context: CaContext) => Promise<T>): Promise<T> {
    const onNotice = this.#options.onNotice ?? (() => {});
    const lock = { waitMs: lockWaitMs, onNotice };
    const change = this.#last.then(() => withLock(this.paths.lock, lock, () => work(this.#context())));
    this.#last = change.catch(() => undefined);
    return change;
  }

  /** Every operation has one moment as its now. */
  #context(): CaContext {
    const { passphrase, madeByHand, now = systemClock, onNotice = () => {} } = this.#options;
    const files = { certificate: this.paths.certificate, key: madeByHand?.key ?? this.paths.key };
    const loadSignerOnce = once(async () => {
      for (const fault of await faultsOfPermissions(this.paths, files.key)) onNotice(fault);
      return loadSigner(files, this.#authority, passphrase);
    });
    return { directory: this.#directory, authority: this.#authority, loadSigner: loadSignerOnce, now: now(), onNotice };
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
