// `mutual ca verify CERT`: would a peer accept it? Every check in words; exit code 1 if one fails.
import { Command, Option } from 'commander';
import { readBytes } from '../../ca/authority.ts';
import { verifyScript } from '../../ca/openssl-commands.ts';
import type { Profile } from '../../ca/profiles.ts';
import { openCa } from '../../ca/store.ts';
import { type Check, verifyCertificate } from '../../ca/verify-certificate.ts';
import { MutualError } from '../../errors.ts';
import { type Certificate, parseCertificates } from '../../x509/certificate.ts';
import { type Crl, parseCrl, splitCrls } from '../../x509/crl.ts';
import { canonicalName } from '../../x509/name.ts';
import type { CaIo } from './ca-io.ts';
import { isCertificateFile, readCertificateFile } from './certificate-argument.ts';
import { certificateJson, printJson } from './print-facts.ts';

interface VerifyOptions {
  readonly dir: string;
  readonly json?: boolean;
  readonly printOpenssl?: boolean;
  readonly caCert?: string;
  readonly crl?: string | boolean;
  readonly client?: boolean;
  readonly server?: boolean;
}

export function verifyCommand(io: CaIo): Command {
  return new Command('verify')
    .description('Check a certificate: chain, dates, revocation and purpose, each in words')
    .argument('<certificate>', 'PEM file, or the NAME or SERIAL of one of this CA')
    .addOption(new Option('--client', 'it must be good for a client').conflicts('server'))
    .addOption(new Option('--server', 'it must be good for a server'))
    .option('--dir <directory>', 'the directory of the CA', 'ca')
    .option('--ca-cert <file>', 'trust these CA certificates instead; no directory is needed then')
    .option('--crl <file>', 'look at this revocation list instead')
    .option('--no-crl', 'do not look at a revocation list')
    .option('--json', 'print facts as JSON')
    .option('--print-openssl', 'print the equivalent openssl commands instead, and do nothing')
    .action((target: string, options: VerifyOptions) => runVerify(target, options, io))
    .addHelpText(
      'after',
      `
Exit code 0: it verifies; 1: it does not.

Examples:
  mutual ca verify client-a
  mutual ca verify client.crt --client --ca-cert rootca.crt --crl rootca.crl`,
    );
}

interface Trust {
  readonly caFile: string;
  readonly crlFile: string | undefined;
}

async function runVerify(target: string, options: VerifyOptions, io: CaIo): Promise<void> {
  const purpose: Profile | undefined =
    options.server === true ? 'server' : options.client === true ? 'client' : undefined;
  const trust = await findTrust(options);
  const found = await findCertificates(target, options);
  if (options.printOpenssl === true) {
    io.stdout.write(verifyScript({ certificate: found.file, ca: trust.caFile, crl: trust.crlFile }, purpose));
    return;
  }
  const [certificate, ...untrusted] = found.certificates;
  const anchors = parseCertificates(await readBytes(trust.caFile), trust.caFile);
  const crl = trust.crlFile === undefined ? undefined : await readCrl(trust.crlFile, certificate);
  const checks = verifyCertificate({ certificate, untrusted, anchors, crl, purpose, now: new Date() });
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  if (options.json === true) printJson(io, { verified: failed.length === 0, ...certificateJson(certificate), checks });
  else printChecks(io, target, certificate, checks);
  const [first] = failed;
  if (first !== undefined) throw new MutualError('not-verified', `${target} does not verify: ${first.text}`);
}

function printChecks(io: CaIo, target: string, certificate: Certificate, checks: readonly Check[]): void {
  io.stdout.write(`${target}: ${certificate.subjectDn}, serial ${certificate.serialNumber}\n`);
  for (const { outcome, text } of checks) {
    io.stdout.write(`  ${(outcome === 'failed' ? 'FAILED' : outcome).padEnd(7)}  ${text}\n`);
  }
}

async function findTrust(options: VerifyOptions): Promise<Trust> {
  const givenCrl = typeof options.crl === 'string' ? options.crl : undefined;
  if (options.caCert !== undefined) return { caFile: options.caCert, crlFile: givenCrl };
  const { paths } = await openCa({ dir: options.dir });
  return { caFile: paths.certificate, crlFile: options.crl === false ? undefined : (givenCrl ?? paths.crl) };
}

interface Found {
  readonly file: string;
  readonly certificates: readonly [Certificate, ...Certificate[]];
}

async function findCertificates(target: string, options: VerifyOptions): Promise<Found> {
  if (isCertificateFile(target)) return { file: target, certificates: await readCertificateFile(target) };
  if (options.caCert !== undefined)
    throw new MutualError('file-unreadable', `cannot read ${target}: there is no such file`);
  const store = await openCa({ dir: options.dir });
  const { certificate, entry } = await store.find(target);
  if (certificate === undefined) {
    throw new MutualError(
      'certificate-unknown',
      `the record of serial ${entry.serial} is gone from ${store.paths.newCertificates}`,
    );
  }
  const file = `${store.paths.newCertificates}/${entry.serial}.pem`;
  return { file, certificates: [certificate, ...store.authority.intermediates] };
}

/** The list of the certificate's issuer among those of the file; the first where there is none, to say whose it is. */
async function readCrl(path: string, certificate: Certificate): Promise<Crl | undefined> {
  const lists = splitCrls(await readBytes(path), path).map(parseCrl);
  const issuer = canonicalName(certificate.issuer);
  return lists.find((crl) => canonicalName(crl.issuer) === issuer) ?? lists[0];
}
