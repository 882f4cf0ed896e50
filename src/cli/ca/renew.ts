// `mutual ca renew NAME`: a new certificate under the same name; the old files stay in `archive`.
import { Command } from 'commander';
import { altNamesOf } from '../../ca/alt-name.ts';
import { keySpecOf } from '../../ca/key-spec.ts';
import { profilesOf } from '../../ca/list-certificates.ts';
import { renewScript } from '../../ca/openssl-commands.ts';
import { lifetimeDays } from '../../ca/renew.ts';
import { subjectOf } from '../../ca/subject.ts';
import type { CaIo } from './ca-io.ts';
import { keyPassphraseOf, parseDays } from './option-values.ts';
import { printIssued } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface RenewOptions extends StoreOptions {
  readonly sameKey?: boolean;
  readonly days?: number;
  readonly keyPassphraseFile?: string;
}

export function renewCommand(io: CaIo): Command {
  const command = new Command('renew')
    .description('Make a new certificate like the one of a name, with a new key')
    .argument('<name>', 'name of the certificate')
    .option('--same-key', 'keep the key')
    .option('--key-passphrase-file <file>', 'file with the passphrase of its key, old and new')
    .option('--days <days>', 'how long it lives (default: as long as the old one was made for)', parseDays)
    .action((name: string, options: RenewOptions) => runRenew(name, options, io));
  return withStoreOptions(command, 'key').addHelpText(
    'after',
    `
The files keep their names, and the old ones go to archive/NAME-SERIAL.*. The old certificate stays valid until it
ends, so that nobody is locked out meanwhile; revoke it by its serial number when the new one is in use.

Examples:
  mutual ca renew client-a
  mutual ca renew client-a --same-key --days 90`,
  );
}

async function runRenew(name: string, options: RenewOptions, io: CaIo): Promise<void> {
  const store = await openStore(options, io);
  const { sameKey = false, days } = options;
  if (options.printOpenssl === true) {
    const previous = await store.named(name);
    const key = sameKey ? undefined : keySpecOf(previous.x509.publicKey);
    const [profile = 'client'] = profilesOf(previous);
    const leaf = {
      name,
      serial: previous.serialNumber,
      subject: subjectOf(previous.subject),
      profile,
      isRsa: previous.publicKeyType === 'rsa',
      altNames: altNamesOf(previous),
      days: days ?? lifetimeDays(previous),
      key,
    };
    io.stdout.write(renewScript(opensslContextOf(options), leaf));
    return;
  }
  const secret = await keyPassphraseOf(options, io);
  const renewed = await store.renew({ name, sameKey, ...(days === undefined ? {} : { days }), ...secret });
  printIssued(io, 'renewed', renewed, options.json === true, [['previous serial', renewed.previous.serialNumber]]);
}
