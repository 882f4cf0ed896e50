// The one way from an nginx file into a configuration: read, checked, names resolved, translated.

import { configOf } from '../config/config-of.ts';
import type { Config } from '../config/schema.ts';
import { mainEnd } from './check/main-end.ts';
import { directiveTable } from './directives/table.ts';
import { NginxFault, type NginxMessage } from './nginx-fault.ts';
import { type NginxProcess, nginxProcess } from './nginx-process.ts';
import type { Reading } from './read/directive-node.ts';
import { type NginxFile, readNginx } from './read/read-nginx.ts';
import { type TranslatedNginx, translateNginx } from './translate/translate-nginx.ts';
import type { NginxVersion } from './version.ts';

export interface LoadNginxOptions {
  /** As nginx would name it. */
  readonly file: string;
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
  /** Directives of `-g`. */
  readonly globals?: string | undefined;
  readonly version: NginxVersion;
  /** Where what the file does not name goes; an empty name: nowhere. */
  readonly defaults: { readonly pidFile: string; readonly errorLog: string; readonly accessLog: string };
  /** Rejects where there is no such host. */
  readonly lookup: (host: string) => Promise<unknown>;
  /** Told when the file is well-formed, before what it names is looked at. */
  readonly onSyntaxOk?: () => void;
}

export interface LoadedNginx extends TranslatedNginx {
  readonly file: NginxFile;
  readonly process: NginxProcess;
  /** Undefined for a file without servers: there is nothing to serve then, and that is no fault. */
  readonly config: Config | undefined;
}

/**
 * @param messages takes what is worth a warning, also where loading fails
 * @throws NginxFault, or MutualError where our own configuration cannot hold what the file says
 */
export async function loadNginx(options: LoadNginxOptions, messages: NginxMessage[] = []): Promise<LoadedNginx> {
  const { prefix, version, defaults, lookup } = options;
  const hosts: Reading['hosts'] = [];
  let file: NginxFile;
  try {
    file = readNginx({ ...options, table: directiveTable(version.minor), minor: version.minor }, messages, hosts);
  } catch (error) {
    // A name that cannot be resolved is found by nginx before what is wrong further down.
    await resolveHosts(hosts, lookup);
    throw error;
  }
  await resolveHosts(hosts, lookup);
  options.onSyntaxOk?.();
  mainEnd(file.nodes);
  const process = nginxProcess(file.nodes, prefix, defaults);
  const translated = translateNginx(file, {
    version: version.text,
    errorLogs: process.errorLogs,
    accessLog: defaults.accessLog,
  });
  const hasServers = translated.document.http !== undefined;
  const config = hasServers ? configOf(translated.document, options.file) : undefined;
  return { file, process, ...translated, config };
}

/** nginx resolves names when it reads them, and does not start without. */
async function resolveHosts(hosts: Reading['hosts'], lookup: LoadNginxOptions['lookup']): Promise<void> {
  const known = new Map<string, Promise<boolean>>();
  const isKnown = (host: string): Promise<boolean> =>
    lookup(host).then(
      () => true,
      () => false,
    );
  for (const { host } of hosts) if (!known.has(host)) known.set(host, isKnown(host));
  for (const { host, fault, at } of hosts) {
    if (!(await known.get(host))) throw new NginxFault(fault, at);
  }
}
