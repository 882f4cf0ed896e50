// `mutual ca init`: makes a CA, or takes over one that was made by hand, and says how to trust it.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { rootSubject } from '../../ca/init.ts';
import { parseKeySpec } from '../../ca/key-spec.ts';
import { initScript } from '../../ca/openssl-commands.ts';
import { defaultDays } from '../../ca/profiles.ts';
import { type CaStore, initCa } from '../../ca/store.ts';
import { MutualError } from '../../errors.ts';
import type { CaIo } from './ca-io.ts';
import { parseDays } from './option-values.ts';
import { certificateFacts, certificateJson, printFacts, printJson } from './print-facts.ts';
import { caOptionsOf, opensslContextOf, type StoreOptions, withStoreOptions } from './store-options.ts';

interface InitOptions extends StoreOptions {
  readonly name?: string;
  readonly subject?: string;
  readonly days: number;
  readonly curve: string;
  readonly pathLength?: number;
}

export function initCommand(io: CaIo): Command {
  const command = new Command('init')
    .description('Make a CA: key, root certificate and an empty revocation list')
    .option('--name <common name>', 'common name of the CA (default: one that is unique)')
    .option('--subject <dn>', 'subject, such as "CN=Root CA,O=Company B"')
    .option('--days <days>', 'how long the root certificate lives', parseDays, defaultDays.root)
    .option(
      '--path-length <number>',
      'how many CAs may stand between it and a certificate (default: 0)',
      parsePathLength,
    )
    .option('--curve <key>', 'key type: P-256, P-384, P-521, rsa:3072 or ed25519', 'P-256')
    .action((options: InitOptions) => runInit(options, io));
  return withStoreOptions(command, 'key').addHelpText(
    'after',
    `
Examples:
  mutual ca init --name 'Company B Root CA'
  mutual ca init --dir other --curve rsa:3072 --passphrase-file passphrase.txt
  mutual ca init --ca-cert rootca.crt --ca-key rootca.key     take over a CA made with openssl`,
  );
}

async function runInit(options: InitOptions, io: CaIo): Promise<void> {
  const { name, subject, days, curve, pathLength } = options;
  if (options.caCert !== undefined && (name !== undefined || subject !== undefined || pathLength !== undefined)) {
    throw new MutualError(
      'usage',
      'a CA that is taken over keeps its name: leave --name, --subject and --path-length out',
    );
  }
  if (options.printOpenssl === true) {
    if (options.caCert !== undefined)
      throw new MutualError('usage', 'no openssl command takes over a CA: leave --print-openssl out');
    if (pathLength !== undefined) throw new MutualError('usage', '--print-openssl knows no --path-length');
    const root = { subject: rootSubject({ subject, name: name ?? 'mutual CA' }), days, key: parseKeySpec(curve) };
    io.stdout.write(initScript(opensslContextOf(options), root));
    return;
  }
  const store = await initCa({
    ...(await caOptionsOf(options, io)),
    ...(name === undefined ? {} : { name }),
    ...(subject === undefined ? {} : { subject }),
    ...(pathLength === undefined ? {} : { pathLength }),
    days,
    key: curve,
  });
  const { certificate, paths } = store;
  const files = { certificate: paths.certificate, key: paths.key, crl: paths.crl };
  if (options.json === true) {
    printJson(io, { directory: paths.directory, ...certificateJson(certificate), files });
    return;
  }
  printFacts(io, `made a CA in ${paths.directory}`, [
    ...certificateFacts(certificate, new Date()),
    ['certificate', `${files.certificate}  (give this to whoever shall trust your certificates)`],
    ['private key', `${files.key}  (give this to nobody)`],
    ['revocation list', files.crl],
  ]);
  io.stdout.write(trustLines(store));
}

function parsePathLength(text: string): number {
  if (/^[0-8]$/.test(text)) return Number(text);
  throw new MutualError('usage', `--path-length is a number from 0 to 8, not ${JSON.stringify(text)}`);
}

/** The lines to paste, so that nobody has to look them up. */
function trustLines({ paths }: CaStore): string {
  const certificate = resolve(paths.certificate);
  const crl = resolve(paths.crl);
  return `
To admit its clients, in mutual.yaml under servers: … tls:
    clients: { verify: required, ca: ${certificate}, crl: [${crl}] }
or in nginx:
    ssl_client_certificate ${certificate};
    ssl_crl ${crl};
    ssl_verify_client on;
`;
}
