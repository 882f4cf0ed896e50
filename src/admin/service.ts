// Keeps the admin listener as the configuration in force wants it: opens it, changes it after a reload, closes it. A
// listener that cannot be had at the start ends the start; later it is told in the log, and the one before stays.

import type { Logger } from 'pino';
import type { AdminConfig, Config } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import type { ServerCredentials } from '../credentials/server-credentials.ts';
import { jwksOf, type SigningKeys } from '../credentials/signing-keys.ts';
import { messageOf } from '../errors.ts';
import { type AdminListener, createAdmin } from './admin.ts';
import type { AdminDocuments } from './app.ts';
import type { AdminSource } from './source.ts';

export interface AdminService {
  /** Undefined while there is no admin listener. */
  readonly url: string | undefined;
  /** What is in force from now on. Before `start` it is only remembered. */
  follow(config: Pick<Config, 'admin'>, credentials: Pick<Credentials, 'admin' | 'signingKeys'>): void;
  /** @throws MutualError where the address or the credentials cannot be used */
  start(source: AdminSource): Promise<void>;
  close(): Promise<void>;
}

export interface AdminServiceDependencies {
  /** Of mutual. */
  readonly version: string;
  readonly log: Logger;
  readonly now: () => number;
  /** JSON documents by path, beside what is served anyway. */
  readonly documents?: AdminDocuments;
}

export function createAdminService(dependencies: AdminServiceDependencies): AdminService {
  const { log } = dependencies;
  let signingKeys: SigningKeys | undefined;
  const documents: AdminDocuments = new Map([
    ...(dependencies.documents ?? []),
    ['/.well-known/jwks.json', () => jwksOf(signingKeys)],
  ]);
  let wanted: { config: AdminConfig | undefined; credentials: ServerCredentials | undefined } | undefined;
  let source: AdminSource | undefined;
  let listener: AdminListener | undefined;
  let working: Promise<void> = Promise.resolve();
  let closed = false;

  async function apply(): Promise<void> {
    if (source === undefined || wanted === undefined || closed) return;
    const { config, credentials } = wanted;
    if (config === undefined) {
      const before = listener;
      listener = undefined;
      await before?.close();
    } else if (listener === undefined) {
      listener = await createAdmin({ ...dependencies, documents, config, credentials, source });
      log.info({ url: listener.url }, `admin: ${listener.url}`);
    } else {
      await listener.configure(config, credentials);
    }
  }

  return {
    get url() {
      return listener?.url;
    },
    follow({ admin: config }, { admin: credentials, signingKeys: keys }) {
      signingKeys = keys;
      wanted = { config, credentials };
      if (source === undefined) return;
      working = working.then(apply).catch((error: unknown) => {
        log.error({ code: 'internal' }, `admin: the listener stays as it was: ${messageOf(error)}`);
      });
    },
    async start(from) {
      source = from;
      await apply();
    },
    async close() {
      closed = true;
      await working;
      await listener?.close();
      listener = undefined;
    },
  };
}
