// Servers of the file in, effective servers out, each with a name of its own.

import { splitCrlSources } from '../document/crl.ts';
import type { ServerDocument } from '../document/document.ts';
import { formatListenAddress } from '../listen-address.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { IdentityHeadersConfig, ListenConfig, OcspConfig, ServerConfig, TlsConfig } from '../schema.ts';
import { verifyModeOf } from '../verify-mode.ts';
import { normaliseRoute } from './normalise-route.ts';

type ToPath = (path: string) => string;
type OcspDocument = NonNullable<NonNullable<NonNullable<ServerDocument['tls']>['clients']>['ocsp']>;
type UnnamedServer = Omit<ServerConfig, 'name'>;

export function normaliseServer(server: ServerDocument, toPath: ToPath): UnnamedServer {
  return omitUndefined({
    listen: server.listen.map((entry) => normaliseListen(entry, server.http2, toPath)),
    names: server.names ?? [],
    tls: server.tls === undefined ? undefined : normaliseTls(server.tls, toPath),
    identityHeaders: server.identityHeaders ?? defaultIdentityHeaders(server),
    deny: server.deny?.map(omitUndefined),
    routes: server.routes.map((route) => normaliseRoute(route, toPath)),
    maxBodyBytes: server.maxBodyBytes,
    lane: server.lane,
    traceparent: server.traceparent,
  });
}

/** The first name or address of each; where servers share that name, as those for HTTP and HTTPS do, with the address. */
export function nameServers(servers: readonly UnnamedServer[]): ServerConfig[] {
  const taken = new Set<string>();
  const firstNames = servers.map(({ names }) => names[0]);
  return servers.map((server) => {
    const [first] = server.names;
    const address = server.listen[0]?.key ?? '';
    const shared = firstNames.filter((name) => name === first).length > 1;
    const wanted = first === undefined ? address : shared ? `${first} (${address})` : first;
    let name = wanted;
    for (let count = 2; taken.has(name); count++) {
      name = `${wanted} #${count}`;
    }
    taken.add(name);
    return { name, ...server };
  });
}

function defaultIdentityHeaders(server: ServerDocument): IdentityHeadersConfig {
  const verified = verifyModeOf(server.tls?.clients) !== 'none';
  return { conventions: verified ? ['nginx'] : [], nginxCertificate: false };
}

export function normaliseListen(
  entry: ServerDocument['listen'][number],
  serverHttp2: boolean,
  toPath: ToPath,
): ListenConfig {
  const { address, proxyProtocol, http2 = serverHttp2, mode } = entry;
  if (address.kind === 'tcp') {
    return { ...address, proxyProtocol, http2, key: formatListenAddress(address) };
  }
  const socket = { kind: 'unix', path: toPath(address.path) } as const;
  return { ...socket, ...omitUndefined({ mode }), proxyProtocol, http2, key: formatListenAddress(socket) };
}

export function normaliseOcsp({ timeout, ...ocsp }: OcspDocument): OcspConfig {
  return omitUndefined({ ...ocsp, timeoutMs: timeout });
}

export function normaliseTls(tls: NonNullable<ServerDocument['tls']>, toPath: ToPath): TlsConfig {
  return omitUndefined({
    certificate: toPath(tls.certificate),
    key: toPath(tls.key ?? tls.certificate),
    keyPasswordFile: tls.keyPasswordFile === undefined ? undefined : toPath(tls.keyPasswordFile),
    minVersion: tls.minVersion,
    resumption: tls.resumption,
    ticketKeys: tls.ticketKeys === undefined ? undefined : toPath(tls.ticketKeys),
    clients: omitUndefined({
      verify: verifyModeOf(tls.clients),
      ca: (tls.clients?.ca ?? []).map(toPath),
      ...splitCrlSources(tls.clients?.crl, toPath),
      crlDistributionPoints: tls.clients?.crlDistributionPoints === true ? true : undefined,
      onCrlExpired: tls.clients?.onCrlExpired ?? 'refuse',
      ocsp: tls.clients?.ocsp === undefined ? undefined : normaliseOcsp(tls.clients.ocsp),
      depth: tls.clients?.depth,
      requireClientAuthEku: tls.clients?.requireClientAuthEku ?? false,
      refuse: tls.clients?.refuse ?? 'handshake',
    }),
  });
}
