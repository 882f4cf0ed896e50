// `mutual ca intermediate NAME`: makes a CA below this one, in a directory of its own.
import { Command } from 'commander';
import { parseEntryName } from '../../ca/entry-name.ts';
import { intermediateDays } from '../../ca/intermediate.ts';
import { MutualError } from '../../errors.ts';
import type { CaIo } from './ca-io.ts';
import { parseDays, readSecret } from './option-values.ts';
import { certificateFacts, certificateJson, printFacts, printJson } from './print-facts.ts';
import { openStore, type StoreOptions, withStoreOptions } from './store-options.ts';

interface IntermediateOptions extends StoreOptions {
  readonly out?: string;
  readonly subject?: string;
  readonly days: number;
  readonly curve: string;
  readonly crlUrl?: string[];
  readonly newPassphraseFile?: string;
}

export function intermediateCommand(io: CaIo): Command {
  const command = new Command('intermediate')
    .description('Make a CA below this one, in a directory of its own')
    .argument('<name>', 'common name of the new CA, unless --subject has one')
    .option('--out <directory>', 'directory of the new CA (default: the name)')
    .option('--subject <dn>', 'subject, such as "CN=Issuing CA,O=Company B"')
    .option('--days <days>', 'how long its certificate lives', parseDays, intermediateDays)
    .option('--curve <key>', 'key type: P-256, P-384, P-521, rsa:3072 or ed25519', 'P-256')
    .option('--crl-url <url...>', 'where the revocation list of this CA is published')
    .option('--new-passphrase-file <file>', "file with the passphrase for the new CA's key")
    .action((name: string, options: IntermediateOptions) => runIntermediate(name, options, io));
  return withStoreOptions(command, 'key').addHelpText(
    'after',
    `
This CA must be allowed to have others below it: "mutual ca init --path-length 1".

Examples:
  mutual ca intermediate issuing --subject 'CN=Issuing CA,O=Company B'
  mutual ca issue client-a --client --dir issuing`,
  );
}

async function runIntermediate(name: string, options: IntermediateOptions, io: CaIo): Promise<void> {
  if (options.printOpenssl === true) {
    throw new MutualError('usage', 'there is no list of openssl commands for this: leave --print-openssl out');
  }
  const { subject, days, curve, crlUrl, newPassphraseFile } = options;
  const dir = options.out ?? parseEntryName(name);
  const passphrase = newPassphraseFile === undefined ? undefined : await readSecret(newPassphraseFile, io);
  const above = await openStore(options, io);
  const store = await above.intermediate({
    ...{ dir, name, days, key: curve },
    ...(subject === undefined ? {} : { subject }),
    ...(crlUrl === undefined ? {} : { crlUrls: crlUrl }),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const { certificate, paths } = store;
  const files = { certificate: paths.certificate, key: paths.key, crl: paths.crl };
  if (options.json === true) {
    printJson(io, { directory: paths.directory, ...certificateJson(certificate), files });
    return;
  }
  printFacts(io, `made a CA in ${paths.directory}, below "${above.certificate.subjectDn}"`, [
    ...certificateFacts(certificate, new Date()),
    ['certificate', `${files.certificate}  (with those above it)`],
    ['private key', `${files.key}  (give this to nobody)`],
    ['revocation list', files.crl],
  ]);
}
