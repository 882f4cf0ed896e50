// Every file that a configuration names, read and checked in one go: all of it can be used, or an error says what
// cannot.

import type { Config, TlsConfig } from '../config/schema.ts';
import { MutualError } from '../errors.ts';
import type { LearnedUrls } from './crl-sources.ts';
import { loadServerCredentials, type ServerCredentials } from './server-credentials.ts';
import { loadSigningKeys, type SigningKeys } from './signing-keys.ts';
import { loadUpstreamCredentials, type UpstreamCredentials } from './upstream-credentials.ts';

export interface Credentials {
  /** By the name of the server block. */
  readonly servers: ReadonlyMap<string, ServerCredentials>;
  /** By the name of the upstream. */
  readonly upstreams: ReadonlyMap<string, UpstreamCredentials>;
  /** Of the admin listener, where it has TLS. */
  readonly admin?: ServerCredentials;
  /** By which identities are signed. Absent: they are not. */
  readonly signingKeys?: SigningKeys;
  /** Sentences for the log, each once. */
  readonly warnings: readonly string[];
}

/**
 * Reads every file that the configuration names, and of revocation lists that are downloaded the copies that are there.
 *
 * @throws MutualError that tells, a line each, all that cannot be used
 */
export function loadCredentials(config: Config, nowMs: number, learned: LearnedUrls = () => []): Credentials {
  const faults: MutualError[] = [];
  const servers = loadEach(
    config.servers,
    (tls, name) => loadServerCredentials(tls, nowMs, config, learned(name)),
    faults,
  );
  const upstreams = loadEach(
    Object.values(config.upstreams),
    (tls) => loadUpstreamCredentials(tls, nowMs, config),
    faults,
  );
  const admin = loadEach(adminOwners(config), (tls) => loadServerCredentials(tls, nowMs, config), faults).get('admin');
  const signers = config.signedIdentity === undefined ? [] : [{ name: 'keys', tls: config.signedIdentity }];
  const signingKeys = loadEach(signers, ({ keys }) => loadSigningKeys(keys), faults).get('keys');
  const [first] = faults;
  if (first !== undefined) {
    const lines = new Set(faults.map(({ message }) => message));
    throw lines.size === 1 ? first : new MutualError(first.code, [...lines].join('\n'), { cause: first });
  }
  const own = admin === undefined ? [] : [admin];
  const all = [...servers.values(), ...upstreams.values(), ...own].flatMap(({ warnings }) => warnings);
  return {
    servers,
    upstreams,
    ...(admin === undefined ? {} : { admin }),
    ...(signingKeys === undefined ? {} : { signingKeys }),
    warnings: [...new Set(all)],
  };
}

function adminOwners({ admin }: Config): readonly { readonly name: string; readonly tls: TlsConfig }[] {
  return admin?.tls === undefined ? [] : [{ name: 'admin', tls: admin.tls }];
}

function loadEach<Tls, Loaded>(
  owners: readonly { readonly name: string; readonly tls?: Tls }[],
  load: (tls: Tls, name: string) => Loaded,
  faults: MutualError[],
): Map<string, Loaded> {
  const loaded = new Map<string, Loaded>();
  for (const { name, tls } of owners) {
    if (tls === undefined) continue;
    try {
      loaded.set(name, load(tls, name));
    } catch (error) {
      if (!(error instanceof MutualError)) throw error;
      faults.push(error);
    }
  }
  return loaded;
}

/** The files whose change makes `loadCredentials` answer differently. */
export function credentialFiles(config: Config): string[] {
  const files = new Set<string>(config.signedIdentity?.keys);
  const add = (...names: readonly (string | undefined)[]): void => {
    for (const name of names) if (name !== undefined) files.add(name);
  };
  for (const { tls } of [...config.servers, ...adminOwners(config)]) {
    if (tls !== undefined)
      add(tls.certificate, tls.key, tls.keyPasswordFile, tls.ticketKeys, ...tls.clients.ca, ...tls.clients.crl);
  }
  for (const { tls } of Object.values(config.upstreams)) {
    if (tls === undefined) continue;
    add(tls.certificate, tls.key, tls.keyPasswordFile, tls.pkcs12, tls.pkcs12PasswordFile, ...tls.crl);
    if (tls.ca !== 'system') add(...tls.ca);
  }
  return [...files];
}
