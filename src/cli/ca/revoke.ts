// `mutual ca revoke NAME|SERIAL|CERT`: revokes a certificate and writes the new revocation list.
import { Command } from 'commander';
import { revokeScript } from '../../ca/openssl-commands.ts';
import { defaultDays } from '../../ca/profiles.ts';
import { givenReasons, parseReason, type RevocationReason } from '../../ca/revocation-reason.ts';
import type { CaStore } from '../../ca/store.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { CaIo } from './ca-io.ts';
import { isCertificateFile, readCertificateFile } from './certificate-argument.ts';
import { parseDays } from './option-values.ts';
import { crlFact, crlJson, printFacts, printJson } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface RevokeOptions extends StoreOptions {
  readonly reason?: RevocationReason;
  readonly crlDays: number;
}

export function revokeCommand(io: CaIo): Command {
  const command = new Command('revoke')
    .description('Revoke a certificate and write the revocation list anew')
    .argument('<certificate>', 'NAME, SERIAL or common name; or a PEM file of a certificate this CA has signed')
    .option('--reason <reason>', `why: ${givenReasons.join(', ')}`, parseReason)
    .option('--crl-days <days>', 'days until the next list is due', parseDays, defaultDays.crl)
    .action((target: string, options: RevokeOptions) => runRevoke(target, options, io));
  return withStoreOptions(command, 'key').addHelpText(
    'after',
    `
A gateway that reads ca.crl notices the new list by itself; nginx needs "nginx -s reload".

Examples:
  mutual ca revoke client-a --reason keyCompromise
  mutual ca revoke 41FDE4D5C63AD546B2198ACD3A372EDE3F750B34
  mutual ca revoke old/client.crt`,
  );
}

async function runRevoke(target: string, options: RevokeOptions, io: CaIo): Promise<void> {
  const store = await openStore(options, io);
  const { reason, crlDays } = options;
  const meant = await findMeant(store, target);
  if (options.printOpenssl === true) {
    const serial = typeof meant === 'string' ? (await store.find(meant)).entry.serial : meant.serialNumber;
    io.stdout.write(revokeScript(opensslContextOf(options), { serial, reason }));
    return;
  }
  const revoked = await store.revoke({ target: meant, crlDays, ...(reason === undefined ? {} : { reason }) });
  const subject = revoked.certificate?.subjectDn;
  if (options.json === true) {
    const { serial, revokedAt } = revoked;
    printJson(io, { serial, subject, revokedAt: revokedAt.toISOString(), reason, crl: crlJson(revoked.crl) });
    return;
  }
  printFacts(io, `revoked ${target}`, [
    ...(subject === undefined ? [] : ([['subject', subject]] as const)),
    ['serial', revoked.serial],
    ['reason', reason ?? 'unspecified'],
    crlFact(revoked.crl, store.paths.crl),
  ]);
}

/** A name of this CA comes first: a file of the same name in the working directory may be another's. */
async function findMeant(store: CaStore, target: string): Promise<string | Certificate> {
  if (!isCertificateFile(target)) return target;
  const known = await store.find(target).catch(() => undefined);
  return known === undefined ? (await readCertificateFile(target))[0] : target;
}
