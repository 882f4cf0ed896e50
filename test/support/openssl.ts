// Real certificates for tests, made by the openssl program in a directory that goes away after the test.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  readonly name: string;
  readonly directory: string;
  /** Where openssl keeps what this CA has issued. */
  readonly database: string;
}

export type KeyType = 'ec' | 'rsa' | 'ed25519';
export type Purpose = 'clientAuth' | 'serverAuth' | 'codeSigning' | 'anyExtendedKeyUsage';

export interface ValidityOptions {
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: `days` after today. */
  readonly notAfter?: Date;
  /** Default 30. */
  readonly days?: number;
}

export interface CaOptions extends ValidityOptions {
  /** In openssl's `-subj` form; default `/O=Test/CN=<name>`. */
  readonly subject?: string;
  /** The CA that signs this one; absent: self-signed. */
  readonly ca?: CaFiles;
  readonly pathLength?: number;
  /** More lines for the extension section of an openssl configuration, and sections that they refer to. */
  readonly extensions?: readonly string[];
  /** Default P-256. */
  readonly keyType?: KeyType;
}

export interface CertificateOptions extends ValidityOptions {
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
  /** More lines for the extension section of an openssl configuration, and sections that they refer to. */
  readonly extensions?: readonly string[];
  /** Hex digits, an even number of them; default: random. */
  readonly serial?: string;
  /** Default P-256. */
  readonly keyType?: KeyType;
}

export interface CrlOptions {
  /** File name without suffix; default: the name of the CA. */
  readonly name?: string;
  /** Paths of certificates of this CA to revoke. What was revoked before stays revoked. */
  readonly revoked?: readonly string[];
  /** Default: an hour ago. */
  readonly thisUpdate?: Date;
  /** Default: in 30 days. */
  readonly nextUpdate?: Date;
  /** More lines for the section of the list's extensions, and sections that they refer to. */
  readonly extensions?: readonly string[];
  /** More arguments for `openssl ca -gencrl`. */
  readonly args?: readonly string[];
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A CA: `<name>.crt` and `<name>.key` in the directory. */
export function makeCa(directory: string, name = 'ca', options: CaOptions = {}): CaFiles {
  const { subject = `/O=Test/CN=${name}`, ca, pathLength, extensions = [], ...rest } = options;
  const files = issue(directory, name, subject, ca, rest, [
    `basicConstraints = critical,CA:TRUE${pathLength === undefined ? '' : `,pathlen:${pathLength}`}`,
    'keyUsage = critical,keyCertSign,cRLSign',
    ...extensions,
  ]);
  return { ...files, name, directory, database: makeDatabase(directory, name) };
}

/** A leaf certificate: `<name>.crt` and `<name>.key` in the directory. */
export function makeCertificate(directory: string, options: CertificateOptions): CertificateFiles {
  const { ca, name, subject = `/CN=${name}`, san, eku, extensions = [], ...rest } = options;
  return issue(directory, name, subject, ca, rest, [
    'basicConstraints = CA:FALSE',
    'keyUsage = critical,digitalSignature',
    ...(san === undefined ? [] : [`subjectAltName = ${san}`]),
    ...(eku === undefined ? [] : [`extendedKeyUsage = ${[eku].flat().join(',')}`]),
    ...extensions,
  ]);
}

/** A revocation list of this CA, `<name>.crl` in PEM beside its certificate; returns its path. */
export function makeCrl(ca: CaFiles, options: CrlOptions = {}): string {
  const { name = ca.name, revoked = [], extensions = [], args = [] } = options;
  const { thisUpdate = new Date(Date.now() - hourMs), nextUpdate = new Date(Date.now() + 30 * dayMs) } = options;
  for (const certificate of revoked) runCa(ca.database, [...signer(ca), '-revoke', certificate]);
  const path = join(ca.directory, `${name}.crl`);
  const dates = ['-crl_lastupdate', opensslTime(thisUpdate), '-crl_nextupdate', opensslTime(nextUpdate)];
  const configuration = join(ca.database, 'crl.cnf');
  const common = readFileSync(join(ca.database, 'openssl.cnf'), 'utf8');
  writeFileSync(configuration, [`${common}[crl_ext]`, ...extensions, ''].join('\n'));
  const list = ['-gencrl', '-crlexts', 'crl_ext', ...dates, ...args, '-out', path];
  runOpenssl(['ca', '-batch', '-config', configuration, ...signer(ca), ...list]);
  return path;
}

interface IssueOptions extends ValidityOptions {
  readonly serial?: string;
  readonly keyType?: KeyType;
}

function issue(
  directory: string,
  name: string,
  subject: string,
  ca: CaFiles | undefined,
  options: IssueOptions,
  extensions: readonly string[],
): CertificateFiles {
  const { serial, keyType = 'ec', days = 30 } = options;
  const { notBefore = new Date(Date.now() - hourMs), notAfter = new Date(Date.now() + days * dayMs) } = options;
  const [certificate, key, request, extensionFile] = ['crt', 'key', 'csr', 'ext'].map((suffix) =>
    join(directory, `${name}.${suffix}`),
  ) as [string, string, string, string];
  const database = ca?.database ?? makeDatabase(directory, `${name}.self`);
  runOpenssl([
    ...['req', '-new', '-nodes', '-utf8', '-config', join(database, 'openssl.cnf'), '-subj', subject],
    ...[...newKey[keyType], '-keyout', key, '-out', request],
  ]);
  const keyIds = ['subjectKeyIdentifier = hash', 'authorityKeyIdentifier = keyid'];
  writeFileSync(extensionFile, ['[extensions]', ...keyIds, ...extensions, ''].join('\n'));
  if (serial !== undefined) writeFileSync(join(database, 'serial'), `${serial}\n`);
  runCa(database, [
    ...(ca === undefined ? ['-selfsign', '-keyfile', key] : signer(ca)),
    ...['-in', request, '-out', certificate, '-notext', '-preserveDN', '-utf8'],
    ...['-startdate', opensslTime(notBefore), '-enddate', opensslTime(notAfter)],
    ...['-extfile', extensionFile, '-extensions', 'extensions', ...(serial === undefined ? ['-rand_serial'] : [])],
  ]);
  return { certificate, key };
}

const newKey: Record<KeyType, readonly string[]> = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  rsa: ['-newkey', 'rsa:2048'],
  ed25519: ['-newkey', 'ed25519'],
};

const signer = (ca: CaFiles): string[] => ['-cert', ca.certificate, '-keyfile', ca.key];

function runCa(database: string, args: readonly string[]): void {
  runOpenssl(['ca', '-batch', '-config', join(database, 'openssl.cnf'), ...args]);
}

/** What `openssl ca` wants to find: a configuration, a list of what was issued, a number for the next list. */
function makeDatabase(directory: string, name: string): string {
  const database = join(directory, `${name}.db`);
  mkdirSync(database);
  writeFileSync(join(database, 'index.txt'), '');
  writeFileSync(join(database, 'index.txt.attr'), 'unique_subject = no\n');
  writeFileSync(join(database, 'crlnumber'), '1000\n');
  writeFileSync(
    join(database, 'openssl.cnf'),
    `[ca]
default_ca = authority
[authority]
new_certs_dir = ${database}
database = ${database}/index.txt
serial = ${database}/serial
crlnumber = ${database}/crlnumber
default_md = default
policy = anything
[anything]
[crl_ext]
authorityKeyIdentifier = keyid
[req]
distinguished_name = empty
string_mask = utf8only
[empty]
`,
  );
  return database;
}

/** `YYYYMMDDHHMMSSZ` */
function opensslTime(date: Date): string {
  return date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
}
