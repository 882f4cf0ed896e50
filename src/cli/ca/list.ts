// `mutual ca list`: every certificate of the CA and how it stands today, and whether the revocation list is fresh.
import { Command } from 'commander';
import { printAltName } from '../../ca/alt-name.ts';
import { readBytes } from '../../ca/authority.ts';
import type { ListedCertificate } from '../../ca/list-certificates.ts';
import { listScript } from '../../ca/openssl-commands.ts';
import { dayMs } from '../../ca/profiles.ts';
import type { CaStore } from '../../ca/store.ts';
import { faultOfCrlAge } from '../../ca/write-crl.ts';
import { type Crl, parseCrl, splitCrls } from '../../x509/crl.ts';
import { type CaIo, noticeTo } from './ca-io.ts';
import { parsePeriod } from './option-values.ts';
import { crlFact, crlJson, printDate, printJson } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface ListOptions extends StoreOptions {
  readonly expiring?: number;
}

export function listCommand(io: CaIo): Command {
  const command = new Command('list')
    .description('List the certificates: valid, expired or revoked, with the days that are left')
    .option('--expiring <period>', 'only valid ones that end within this time: 30d, 4w, 12h', parsePeriod)
    .action((options: ListOptions) => runList(options, io));
  return withStoreOptions(command, 'certificate').addHelpText(
    'after',
    `
Examples:
  mutual ca list
  mutual ca list --expiring 30d --json`,
  );
}

async function runList(options: ListOptions, io: CaIo): Promise<void> {
  if (options.printOpenssl === true) {
    io.stdout.write(listScript(opensslContextOf(options)));
    return;
  }
  const store = await openStore(options, io);
  const now = new Date();
  const listed = (await store.list()).filter((certificate) => isWanted(certificate, options.expiring, now));
  const crl = await readCrl(store);
  if (options.json === true) printJson(io, { crl: crlJson(crl), certificates: listed.map(listedJson) });
  else io.stdout.write(`${printTable(listed)}${crlFact(crl, store.paths.crl).join(': ')}\n`);
  const stale = faultOfCrlAge(crl, now);
  if (stale !== undefined) noticeTo(io)(stale);
}

function isWanted({ status, notAfter }: ListedCertificate, days: number | undefined, now: Date): boolean {
  return days === undefined || (status === 'valid' && notAfter.getTime() <= now.getTime() + days * dayMs);
}

async function readCrl({ paths }: CaStore): Promise<Crl> {
  const [der] = splitCrls(await readBytes(paths.crl), paths.crl);
  return parseCrl(der ?? Buffer.alloc(0));
}

function listedJson({ certificate, ...listed }: ListedCertificate) {
  return {
    ...listed,
    altNames: listed.altNames.map(printAltName),
    notBefore: certificate?.notBefore.toISOString(),
    sha256: certificate?.sha256,
  };
}

function printTable(listed: readonly ListedCertificate[]): string {
  const rows = listed.map((certificate) => [
    certificate.name ?? '-',
    certificate.profiles.join('+') || '-',
    printStatus(certificate),
    printDate(certificate.notAfter),
    certificate.serial,
    certificate.subjectDn,
  ]);
  const table = [['NAME', 'FOR', 'STATUS', 'UNTIL', 'SERIAL', 'SUBJECT'], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function printStatus({ status, daysLeft, revokedAt, reason }: ListedCertificate): string {
  if (status === 'expired') return 'expired';
  if (status === 'valid') return `valid, ${daysLeft} days left`;
  const why = reason === undefined ? '' : ` (${reason})`;
  return `revoked ${revokedAt === undefined ? '' : printDate(revokedAt)}${why}`;
}
