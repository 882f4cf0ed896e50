// `mutual ca crl`: writes the revocation list anew, before the old one lapses.
import { Command } from 'commander';
import { crlScript } from '../../ca/openssl-commands.ts';
import { defaultDays } from '../../ca/profiles.ts';
import type { CaIo } from './ca-io.ts';
import { parseDays } from './option-values.ts';
import { crlFact, crlJson, printFacts, printJson } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

export function crlCommand(io: CaIo): Command {
  const command = new Command('crl')
    .description('Write the revocation list anew: an old one lapses, and everybody is refused then')
    .option('--days <days>', 'days until the next list is due', parseDays, defaultDays.crl)
    .action((options: StoreOptions & { days: number }) => runCrl(options, io));
  return withStoreOptions(command, 'key').addHelpText(
    'after',
    `
Examples:
  mutual ca crl --days 14
  0 3 * * 1  mutual ca crl --dir /etc/mutual/ca     (a crontab line: every Monday)`,
  );
}

async function runCrl(options: StoreOptions & { days: number }, io: CaIo): Promise<void> {
  if (options.printOpenssl === true) {
    io.stdout.write(crlScript(opensslContextOf(options), options.days));
    return;
  }
  const store = await openStore(options, io);
  const crl = await store.writeCrl(options.days);
  if (options.json === true) printJson(io, { ...crlJson(crl), file: store.paths.crl });
  else printFacts(io, 'wrote the revocation list', [crlFact(crl, store.paths.crl)]);
}
