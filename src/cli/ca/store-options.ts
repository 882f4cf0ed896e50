// The options that every `ca` command has: which directory, whose key, in which form to answer. They are declared here
// once, and turned into an opened CA.
import { type Command, Option } from 'commander';
import type { OpensslContext } from '../../ca/openssl-commands.ts';
import { type CaOptions, type CaStore, openCa } from '../../ca/store.ts';
import { MutualError } from '../../errors.ts';
import { type CaIo, noticeTo } from './ca-io.ts';
import { readSecret } from './option-values.ts';

export interface StoreOptions {
  readonly dir: string;
  readonly passphraseFile?: string;
  readonly caCert?: string;
  readonly caKey?: string;
  readonly json?: boolean;
  readonly printOpenssl?: boolean;
}

/** Declares the options; `--passphrase-file` only where a key is used. */
export function withStoreOptions(command: Command, uses: 'key' | 'certificate'): Command {
  command
    .option('--dir <directory>', 'the directory of the CA', 'ca')
    .option('--json', 'print facts as JSON')
    .option('--print-openssl', 'print the equivalent openssl commands instead, and do nothing')
    .addOption(new Option('--ca-cert <file>', 'certificate of a CA made by hand; its books are kept in --dir'))
    .addOption(new Option('--ca-key <file>', 'private key of that CA, which stays where it is'));
  if (uses === 'key')
    command.option('--passphrase-file <file>', "file with the passphrase of the CA's key; - for standard input");
  return command;
}

/** Opens the CA that the options mean; its notices go to standard error. */
export async function openStore(options: StoreOptions, io: CaIo): Promise<CaStore> {
  return openCa(await caOptionsOf(options, io));
}

export async function caOptionsOf(options: StoreOptions, io: CaIo): Promise<CaOptions> {
  const madeByHand = madeByHandOf(options);
  const passphrase = options.passphraseFile === undefined ? undefined : await readSecret(options.passphraseFile, io);
  return {
    dir: options.dir,
    onNotice: noticeTo(io),
    ...(madeByHand === undefined ? {} : { madeByHand }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

export function opensslContextOf(options: StoreOptions): OpensslContext {
  return { directory: options.dir, passphraseFile: options.passphraseFile };
}

function madeByHandOf({ caCert, caKey }: StoreOptions): { certificate: string; key: string } | undefined {
  if (caCert === undefined && caKey === undefined) return undefined;
  if (caCert !== undefined && caKey !== undefined) return { certificate: caCert, key: caKey };
  throw new MutualError(
    'usage',
    '--ca-cert and --ca-key belong together: the certificate of a CA, and its private key',
  );
}
