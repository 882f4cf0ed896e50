// `mutual ca export NAME --p12`: certificate, key and CA in one file for browsers, phones and Java. A password that
// nobody chose is made up here and said once.
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { parseEntryName } from '../../ca/entry-name.ts';
import { exportScript } from '../../ca/openssl-commands.ts';
import type { CaStore } from '../../ca/store.ts';
import { entryPathsOf } from '../../ca/store-paths.ts';
import { MutualError } from '../../errors.ts';
import { type CaIo, noticeTo } from './ca-io.ts';
import { keyPassphraseOf, readSecret } from './option-values.ts';
import { type Fact, factsJson, printFacts, printJson } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

export interface Pkcs12Options {
  readonly dir: string;
  readonly out?: string;
  readonly legacy?: boolean;
  readonly password?: string;
  readonly passwordFile?: string;
}

/** The password of a .p12 file, and whether a person knows it already. */
export interface Password {
  readonly text: string;
  readonly isMadeUp: boolean;
}

/** The options of a .p12 file, for `issue --p12` too. */
export function withPkcs12Options(command: Command): Command {
  return command
    .option('--legacy', 'encrypt the .p12 for old keychains (3DES, SHA-1)')
    .option('--out <file>', 'write the .p12 here (default: NAME.p12 in the directory of the CA)')
    .addOption(new Option('--password <text>', 'password of the .p12; others may see it in the list of processes'))
    .addOption(
      new Option('--password-file <file>', 'file with that password; - for standard input').conflicts('password'),
    );
}

interface ExportOptions extends StoreOptions, Pkcs12Options {
  readonly p12?: boolean;
  readonly keyPassphraseFile?: string;
}

export function exportCommand(io: CaIo): Command {
  const command = new Command('export')
    .description('Write certificate, key and CA into one file for browsers, phones and Java')
    .argument('<name>', 'name of the certificate')
    .option('--p12', 'in the PKCS#12 format')
    .option('--key-passphrase-file <file>', 'file with the passphrase of the key')
    .action((name: string, options: ExportOptions) => runExport(name, options, io));
  return withStoreOptions(withPkcs12Options(command), 'certificate').addHelpText(
    'after',
    `
Without a password one is made up, and printed once.

Examples:
  mutual ca export client-a --p12
  mutual ca export client-a --p12 --legacy --out anna.p12 --password-file password.txt`,
  );
}

async function runExport(name: string, options: ExportOptions, io: CaIo): Promise<void> {
  if (options.p12 !== true) throw new MutualError('usage', 'say in which format: --p12');
  if (options.printOpenssl === true) {
    const checked = parseEntryName(name);
    const { legacy = false, passwordFile } = options;
    const script = { name: checked, out: pkcs12PathOf(options, checked), legacy, passwordFile };
    io.stdout.write(exportScript(opensslContextOf(options), script));
    return;
  }
  const store = await openStore(options, io);
  const secret = await keyPassphraseOf(options, io);
  const facts = await writePkcs12(store, name, await takePassword(options, io), { ...options, ...secret });
  if (options.json === true) printJson(io, { name, ...factsJson(facts) });
  else printFacts(io, `exported ${name}`, facts);
}

/** @throws MutualError what reading the file of the password throws. */
export async function takePassword(options: Pkcs12Options, io: CaIo): Promise<Password> {
  if (options.passwordFile !== undefined) return { text: await readSecret(options.passwordFile, io), isMadeUp: false };
  if (options.password === undefined) return { text: randomBytes(15).toString('base64url'), isMadeUp: true };
  if (options.password === '') throw new MutualError('usage', 'the password is empty');
  noticeTo(io)('--password can be seen in the list of processes; --password-file keeps it out');
  return { text: options.password, isMadeUp: false };
}

/** Writes the file; what to tell of it. */
export async function writePkcs12(
  store: CaStore,
  name: string,
  password: Password,
  options: Pkcs12Options & { readonly keyPassphrase?: string },
): Promise<Fact[]> {
  const { out, legacy = false, keyPassphrase } = options;
  const path = await store.exportPkcs12({
    name,
    password: password.text,
    legacy,
    ...(out === undefined ? {} : { out }),
    ...(keyPassphrase === undefined ? {} : { keyPassphrase }),
  });
  return password.isMadeUp
    ? [
        ['p12', path],
        ['password', password.text],
      ]
    : [['p12', path]];
}

export function pkcs12PathOf(options: Pkcs12Options, name: string): string {
  return options.out ?? entryPathsOf(options.dir, name).pkcs12;
}
