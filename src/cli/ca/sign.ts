// `mutual ca sign CSR`: signs the request of somebody who keeps their key.
import { Command } from 'commander';
import { parseAltNameTexts } from '../../ca/alt-name.ts';
import { readBytes } from '../../ca/authority.ts';
import { parseCertificateRequest } from '../../ca/certificate-request.ts';
import { altNamesFor } from '../../ca/issue.ts';
import { signScript } from '../../ca/openssl-commands.ts';
import { defaultDays } from '../../ca/profiles.ts';
import { nameFor } from '../../ca/sign.ts';
import { type CaIo, readStdin } from './ca-io.ts';
import { type LeafOptions, leafRequestOf, profileOf, withLeafOptions } from './leaf-options.ts';
import { printIssued } from './print-facts.ts';
import { openStore, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface SignOptions extends StoreOptions, LeafOptions {
  readonly name?: string;
  readonly copySan?: boolean;
}

export function signCommand(io: CaIo): Command {
  const command = new Command('sign')
    .description('Sign a request (PKCS#10, PEM or DER): NAME.crt; for a client unless --server')
    .argument('<csr>', 'file with the request; - for standard input')
    .option('--name <name>', 'file name (default: the CN of the request)')
    .option('--copy-san', 'take over the alternative names that the request asks for')
    .action((csr: string, options: SignOptions) => runSign(csr, options, io));
  return withStoreOptions(withLeafOptions(command), 'key').addHelpText(
    'after',
    `
Only the subject of the request is taken over, and its names with --copy-san: look at both before you sign.

Examples:
  mutual ca sign client-a.csr --days 90
  mutual ca sign service1.csr --server --copy-san --name service1`,
  );
}

async function runSign(path: string, options: SignOptions, io: CaIo): Promise<void> {
  const csr = path === '-' ? await readStdin(io) : await readBytes(path);
  const source = path === '-' ? 'standard input' : path;
  if (options.printOpenssl === true) return printScript(csr, source, options, io);
  const store = await openStore(options, io);
  const profile = profileOf(options);
  const issued = await store.sign({
    csr,
    source,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(profile === undefined ? {} : { profile }),
    copyAltNames: options.copySan === true,
    ...leafRequestOf(options),
  });
  printIssued(io, 'signed', issued, options.json === true);
}

async function printScript(csr: Buffer, source: string, options: SignOptions, io: CaIo): Promise<void> {
  const request = await parseCertificateRequest(csr, source);
  const name = nameFor({ source, ...(options.name === undefined ? {} : { name: options.name }) }, request);
  const profile = profileOf(options) ?? 'client';
  const given = [...parseAltNameTexts(options.san ?? []), ...(options.copySan === true ? request.altNames : [])];
  const altNames = altNamesFor(profile, given, request.commonName ?? name);
  const isRsa = request.publicKey.asymmetricKeyType === 'rsa';
  const days = options.days ?? defaultDays[profile];
  io.stdout.write(signScript(opensslContextOf(options), { name, csr: source, profile, isRsa, altNames, days }));
}
