// The engine of `http`: its servers run as nginx would run them. Built whole from the configuration, swapped whole by a
// reload; connections that are open keep what they began with.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { serverSettings as serverKeys } from '../../config/document/http/server.ts';
import { settings as settingKeys } from '../../config/document/http/settings.ts';
import type { HttpConfig, HttpListenConfig, HttpServerConfig, HttpServerSettings } from '../../config/http-schema.ts';
import { formatListenAddress } from '../../config/listen-address.ts';
import { parseCertificates } from '../../x509/certificate.ts';
import type { Traffic } from '../observe/traffic.ts';
import { compileServer } from './compile/compile-server.ts';
import { createScope } from './compile/create-scope.ts';
import type { Scope } from './compile/scope.ts';
import type { Engine, EngineStats } from './connection/client-connection.ts';
import type { HttpListenerPolicy, TlsChoice } from './connection/listener.ts';
import { inherit, type Settings } from './locations/inherit.ts';
import type { ServerConf } from './locations/server-conf.ts';
import { serverNames } from './locations/server-names.ts';
import type { LogFiles } from './log/log-files.ts';
import type { Request } from './request.ts';
import type { SessionZones } from './tls/session-zones.ts';
import { createTlsContexts } from './tls/tls-contexts.ts';
import { trustIdentity } from './tls/trust-identity.ts';

/** Everything built from one reading of the section. */
export interface HttpGeneration {
  readonly engine: Engine;
  /** The listening addresses, each once. */
  readonly listens: readonly HttpListenConfig[];
  policy(key: string): HttpListenerPolicy | undefined;
  /** Another has taken its place: connections of this one end with the request that they serve. */
  retire(): void;
  close(): void;
}

export interface GenerationOptions {
  readonly files: LogFiles;
  readonly stats: EngineStats;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly ending: () => boolean;
  readonly nextNumber: () => number;
  readonly traffic: Traffic | undefined;
  /** The names of upstreams are not looked up: it is only asked whether the section can be used. */
  readonly isRehearsal?: boolean;
  /** Of TLS; they outlive what is built here. */
  readonly zones: SessionZones;
}

/** @throws MutualError where the section cannot be used */
export async function createHttpGeneration(config: HttpConfig, options: GenerationOptions): Promise<HttpGeneration> {
  const { files, stats, now, monotonic, ending, nextNumber, traffic, zones } = options;
  const prefix = config.prefix ?? process.cwd();
  const absolute = (file: string): string =>
    isAbsolute(file) || /^(stderr$|syslog:|memory:)/.test(file) ? file : join(prefix, file);
  const folder = config.configurationPrefix ?? prefix;
  const configured = (file: string): string => (isAbsolute(file) ? file : join(folder, file));
  const since = versionCheck(config.compatibility);
  const { scope, groups } = createScope(config, { files, now, since, absolute, configured });
  const common = pick(config, settingKeys) as Settings;
  const commonServer = pick(config, serverKeys) as HttpServerSettings;
  let retired = false;
  const engine: Engine = {
    version: fullVersion(config.compatibility),
    since,
    prefix,
    hostname: hostname().toLowerCase(),
    stats,
    now,
    monotonic,
    errorLog: scope.errorLog(common.errorLogs ?? [{ file: 'logs/error.log', level: 'error' }]),
    traffic,
    ending: () => retired || ending(),
    nextNumber,
  };
  const built = config.servers.map((server) => {
    const own = { ...commonServer, ...pick(server, serverKeys) } as HttpServerSettings;
    const tls = { verify: own.sslVerifyClient ?? 'off', rejectHandshake: own.sslRejectHandshake ?? false } as const;
    const trust = trustIdentity(own, configured);
    const secure = server.listen.some(({ ssl }) => ssl);
    const conf = compileServer(
      server,
      own,
      inherit(common, pick(server, settingKeys)),
      secure ? { ...tls, trust } : undefined,
      scope,
    );
    return { server, own, conf };
  });
  if (options.isRehearsal !== true) await Promise.all([...groups.values()].map((group) => group.resolve()));
  const listens = new Map<string, HttpListenConfig>();
  for (const { server } of built) for (const listen of server.listen) mergeListen(listens, listen);
  const policies = new Map(
    [...listens].map(([key, listen]) => [key, policyOf(key, listen, built, engine, { scope, zones, monotonic })]),
  );
  return {
    engine,
    listens: [...listens.values()],
    policy: (key) => policies.get(key),
    retire() {
      retired = true;
    },
    close() {
      for (const group of groups.values()) group.close();
    },
  };
}

interface TlsSurroundings {
  readonly scope: Scope;
  readonly zones: SessionZones;
  readonly monotonic: () => number;
}

interface Built {
  readonly server: HttpServerConfig;
  readonly own: HttpServerSettings;
  readonly conf: ServerConf<Request>;
}

/** An option that one server gives for an address holds for all servers there. */
function mergeListen(listens: Map<string, HttpListenConfig>, listen: HttpListenConfig): void {
  const key = formatListenAddress(listen.address);
  const known = listens.get(key);
  const either = (name: 'ssl' | 'http2' | 'proxyProtocol'): boolean => listen[name] || known?.[name] === true;
  listens.set(key, {
    ...listen,
    ...known,
    ssl: either('ssl'),
    http2: either('http2'),
    proxyProtocol: either('proxyProtocol'),
  });
}

function policyOf(
  key: string,
  listen: HttpListenConfig,
  all: readonly Built[],
  engine: Engine,
  surroundings: TlsSurroundings,
): HttpListenerPolicy {
  const here = all.filter(({ server }) => server.listen.some((one) => formatListenAddress(one.address) === key));
  const chosen =
    here.find(({ server }) =>
      server.listen.some((one) => one.defaultServer && formatListenAddress(one.address) === key),
    ) ?? here[0];
  const fallback = (chosen as Built).conf;
  const names = serverNames(
    here.map(({ conf }) => conf),
    fallback,
  );
  // Since 1.25.1 `http2 on` of the default server opens the whole address.
  const http2 = listen.http2 || (chosen as Built).own.http2 === true;
  const choices = new Map<ServerConf<Request>, TlsChoice>();
  if (listen.ssl) {
    for (const { own, conf } of here)
      choices.set(conf, tlsChoice(own, conf, http2 || own.http2 === true, surroundings));
  }
  return { engine, listen, names, http2, tlsOf: (server) => choices.get(server) };
}

function tlsChoice(
  own: HttpServerSettings,
  server: ServerConf<Request>,
  http2: boolean,
  { scope, zones, monotonic }: TlsSurroundings,
): TlsChoice {
  const { configured } = scope;
  const has = (own.sslCertificates?.length ?? 0) > 0;
  const name = `${server.name} ${own.sslCertificates?.join(' ') ?? ''} ${server.tls?.trust}`;
  const tls = has
    ? createTlsContexts(own, {
        http2,
        name,
        configured,
        compile: (text) => scope.compiler.value(text),
        zones,
        monotonic,
      })
    : undefined;
  const asks = (own.sslVerifyClient ?? 'off') !== 'off';
  const cas = asks ? [own.sslClientCertificate, own.sslTrustedCertificate] : [];
  return {
    server,
    tls,
    rejects: own.sslRejectHandshake ?? false,
    depth: own.sslVerifyDepth ?? 1,
    anchors: cas.flatMap((file) => (file === undefined ? [] : parseCertificates(readFileSync(configured(file)), file))),
    curves: own.sslEcdhCurve ?? 'auto',
  };
}

function pick(from: object, keys: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from).filter(([key, value]) => key in keys && value !== undefined));
}

function versionCheck(version: string): Engine['since'] {
  const [, minor = 0, patch = 0] = fullVersion(version).split('.').map(Number);
  return (wantedMinor, wantedPatch = 0) => minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

function fullVersion(version: string): string {
  return version.split('.').length === 2 ? `${version}.0` : version;
}
