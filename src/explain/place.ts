// Where would a request for this host arrive? The listeners of a configuration and a host come in; one listener and the
// servers that it asks come out: the one whose handshake it is, and the one that the host belongs to.

import { isIP } from 'node:net';
import type { ListenConfig, ServerConfig } from '../config/schema.ts';
import { MutualError } from '../errors.ts';
import { type InspectedHead, inspectRequestHead } from '../gateway/accept/inspect.ts';
import type { Generation } from '../gateway/generation.ts';

export interface Place {
  readonly listen: ListenConfig;
  readonly request: InspectedHead;
  /** What a client sends as SNI: nothing where it connects to an address. */
  readonly serverName: string | undefined;
  /** The server whose certificate and trust the handshake is made with; undefined on a plain listener. */
  readonly handshake: ServerConfig | undefined;
  /** The server that the host belongs to. */
  readonly server: ServerConfig;
  /** Whether the host is among the names of that server, and not only left to it. */
  readonly isNamed: boolean;
}

/** What a person asks about: a host, with or without a port, and a path. */
export interface Target {
  /** Absent: the first name of the first server with TLS. */
  readonly host?: string | undefined;
  readonly path: string;
}

/**
 * Of several listeners that would take the host: one of its port, one where a server has its name, one with TLS, the
 * first of the file.
 *
 * @throws MutualError `usage` where no client could ask so
 */
export function choosePlace(generation: Generation, target: Target): Place {
  const host = target.host ?? defaultHost(generation.config.servers);
  const request = inspectRequestHead({
    method: 'GET',
    target: target.path,
    httpVersion: '1.1',
    rawHeaders: ['Host', host],
  });
  if (request.kind === 'refused') throw new MutualError('usage', `no client can ask for that: ${request.reason}`);
  const [best] = generation.listeners
    .map((listen) => placeAt(generation, listen, request))
    .sort((a, b) => scoreOf(b) - scoreOf(a));
  if (best === undefined) throw new MutualError('internal', 'a configuration without listeners');
  return best;
}

/** A name that a client could use. */
function defaultHost(servers: readonly ServerConfig[]): string {
  const first = servers.find(({ tls }) => tls !== undefined) ?? servers[0];
  return (first?.names[0] ?? 'localhost').replace(/^\*(?=\.)/, 'www');
}

function placeAt(generation: Generation, listen: ListenConfig, request: InspectedHead): Place {
  const { host } = request;
  const serverName = isIP(host.replace(/^\[|\]$/g, '')) === 0 ? host : undefined;
  const handshake = generation.listenerPolicy(listen.key)?.chooseTls(serverName)?.server;
  const policy = generation.policy.listeners.get(listen.key);
  if (policy === undefined) throw new MutualError('internal', `the listener ${listen.key} has no policy`);
  const server = policy.serverFor(host).config;
  return {
    listen,
    request,
    serverName,
    handshake: handshake === undefined ? undefined : policy.servers.get(handshake)?.config,
    server,
    isNamed: server.names.some((name) => name === host || (name.startsWith('*') && host.endsWith(name.slice(1)))),
  };
}

function scoreOf({ listen, request, handshake, isNamed }: Place): number {
  const port = /:(\d+)$/.exec(request.authority)?.[1];
  const hasPort = listen.kind === 'tcp' && port !== undefined && listen.port === Number(port);
  return (hasPort ? 4 : 0) + (isNamed ? 2 : 0) + (handshake === undefined ? 0 : 1);
}
