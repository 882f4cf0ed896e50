// `mutual ca issue NAME`: makes a key and a certificate for a client or a server.
import { Command } from 'commander';
import { parseAltNameTexts } from '../../ca/alt-name.ts';
import { parseEntryName } from '../../ca/entry-name.ts';
import { altNamesFor, leafSubject } from '../../ca/issue.ts';
import { parseKeySpec } from '../../ca/key-spec.ts';
import { exportScript, issueScript } from '../../ca/openssl-commands.ts';
import { defaultDays, type Profile } from '../../ca/profiles.ts';
import { MutualError } from '../../errors.ts';
import type { CaIo } from './ca-io.ts';
import { type Pkcs12Options, pkcs12PathOf, takePassword, withPkcs12Options, writePkcs12 } from './export.ts';
import { type LeafOptions, leafRequestOf, profileOf, subjectTextOf, withLeafOptions } from './leaf-options.ts';
import { keyPassphraseOf } from './option-values.ts';
import { printIssued } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface IssueOptions extends StoreOptions, LeafOptions, Pkcs12Options {
  readonly curve: string;
  readonly p12?: boolean;
  readonly keyPassphraseFile?: string;
}

export function issueCommand(io: CaIo): Command {
  const command = new Command('issue')
    .description('Make a key and a certificate: NAME.key, NAME.crt, and NAME.pem with both')
    .argument('<name>', 'file name, and CN unless --subject has one')
    .action((name: string, options: IssueOptions) => runIssue(name, options, io));
  withLeafOptions(command)
    .option('--curve <key>', 'key type: P-256, P-384, P-521, rsa:3072 or ed25519', 'P-256')
    .option('--key-passphrase-file <file>', 'file with a passphrase for the new key (default: it has none)')
    .option('--p12', 'make NAME.p12 as well, as "export" does');
  return withStoreOptions(withPkcs12Options(command), 'key').addHelpText(
    'after',
    `
Examples:
  mutual ca issue client-a --client --organization 'Company A' --san URI:spiffe://a.example/client
  mutual ca issue service1.company-b.example --server
  mutual ca issue gateway --server --san DNS:localhost,IP:127.0.0.1 --days 90`,
  );
}

async function runIssue(name: string, options: IssueOptions, io: CaIo): Promise<void> {
  const profile = profileOf(options);
  if (profile === undefined)
    throw new MutualError('usage', `is ${name} a client or a server? Say --client or --server`);
  const { p12, out, legacy, password: typed, passwordFile } = options;
  if (p12 !== true && [out, legacy, typed, passwordFile].some((value) => value !== undefined)) {
    throw new MutualError('usage', '--out, --legacy, --password and --password-file are for a .p12 file: say --p12');
  }
  if (options.printOpenssl === true && options.keyPassphraseFile !== undefined) {
    throw new MutualError('usage', '--print-openssl knows no --key-passphrase-file');
  }
  if (options.printOpenssl === true) return printScript(name, profile, options, io);
  const store = await openStore(options, io);
  // Read before anything is made: a missing file must not leave a certificate without its .p12.
  const password = p12 === true ? await takePassword(options, io) : undefined;
  const secret = await keyPassphraseOf(options, io);
  const issued = await store.issue({ name, profile, key: options.curve, ...leafRequestOf(options), ...secret });
  const extra =
    password === undefined ? [] : await writePkcs12(store, issued.name, password, { ...options, ...secret });
  printIssued(io, 'issued', issued, options.json === true, extra);
}

function printScript(name: string, profile: Profile, options: IssueOptions, io: CaIo): void {
  const key = parseKeySpec(options.curve);
  const checkedName = parseEntryName(name);
  const altNames = altNamesFor(profile, parseAltNameTexts(options.san ?? []), checkedName);
  const subject = leafSubject(subjectTextOf(options), checkedName);
  const days = options.days ?? defaultDays[profile];
  const context = opensslContextOf(options);
  io.stdout.write(
    issueScript(context, { name: checkedName, profile, isRsa: key.type === 'rsa', altNames, days, subject, key }),
  );
  if (options.p12 !== true) return;
  const { legacy = false, passwordFile } = options;
  io.stdout.write(
    exportScript(context, { name: checkedName, out: pkcs12PathOf(options, checkedName), legacy, passwordFile }),
  );
}
