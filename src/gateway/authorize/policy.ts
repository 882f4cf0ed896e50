// The effective configuration comes in; out comes the same in the form in which requests are decided: by listener,
// by host, by path. Made once for every configuration, and never changed.

import type { Config, RouteConfig, RuleConfig, ServerConfig, VerifyMode } from '../../config/schema.ts';
import { type Guard, guardOf } from './guard.ts';
import { createRouteTable } from './route-table.ts';
import { type CompiledRule, compileRule } from './rules.ts';
import { createServerTable } from './server-table.ts';
import type { RouteSource } from './target.ts';

export interface Policy {
  /** By `ListenConfig.key`. */
  readonly listeners: ReadonlyMap<string, ListenerPolicy>;
}

export interface ListenerPolicy {
  /** The server that a request for this host belongs to; see createServerTable. */
  serverFor(host: string): ServerPolicy;
  /** By `ServerConfig.name`. */
  readonly servers: ReadonlyMap<string, ServerPolicy>;
}

export interface ServerPolicy {
  readonly config: ServerConfig;
  /** What the handshake asks of clients; `none` without TLS. */
  readonly clients: VerifyMode;
  /** Whoever one of these holds for is refused on every route. */
  readonly denials: readonly CompiledRule[];
  readonly routes: RouteSource<RoutePolicy>;
}

export interface RoutePolicy {
  readonly config: RouteConfig;
  readonly match: RouteConfig['match'];
  readonly guard: Guard;
  /** Undefined: every client that `guard.mode` admits. Empty: nobody. */
  readonly rules: readonly CompiledRule[] | undefined;
  /** Whoever one of these holds for is refused, whatever `rules` say. */
  readonly denials: readonly CompiledRule[];
}

export function compilePolicy(config: Pick<Config, 'servers'>): Policy {
  const byListener = new Map<string, [ServerPolicy, ...ServerPolicy[]]>();
  for (const server of config.servers.map(compileServer)) {
    for (const key of new Set(server.config.listen.map((listen) => listen.key))) {
      const others = byListener.get(key);
      if (others === undefined) byListener.set(key, [server]);
      else others.push(server);
    }
  }
  return { listeners: new Map([...byListener].map(([key, servers]) => [key, compileListener(servers)])) };
}

function compileListener(servers: readonly [ServerPolicy, ...ServerPolicy[]]): ListenerPolicy {
  return {
    serverFor: createServerTable(servers),
    servers: new Map(servers.map((server) => [server.config.name, server])),
  };
}

function compileServer(config: ServerConfig): ServerPolicy {
  const clients = config.tls?.clients.verify ?? 'none';
  return {
    config,
    clients,
    denials: compileRules(config.deny),
    routes: createRouteTable(config.routes.map((route) => compileRoute(route, clients))),
  };
}

function compileRoute(config: RouteConfig, serverMode: VerifyMode): RoutePolicy {
  return {
    config,
    match: config.match,
    guard: guardOf(config, serverMode),
    rules: config.allow?.map(compileRule),
    denials: compileRules(config.deny),
  };
}

function compileRules(rules: readonly RuleConfig[] | undefined): readonly CompiledRule[] {
  return rules === undefined ? [] : rules.map(compileRule);
}
