// The servers of one listener come in; a function that chooses one by host goes out, as nginx does it: the exact
// name, else the longest `*.name`, else the default. Its time does not grow with the number of names.

import type { ServerConfig } from '../../config/schema.ts';

/** RFC 1035 §3.1. A longer host is nobody's name, and would only be long to search. */
const maxHostLength = 255;

/**
 * `*.example` takes one label or more before it, and not `example` itself. The default is the server without names,
 * else the first one. Of equal names the first counts.
 *
 * @param servers at least one, in the order of the file
 * @returns a function of a host in lower case, without port and trailing dot; the empty host belongs to the default
 */
export function createServerTable<Server extends { readonly config: Pick<ServerConfig, 'names'> }>(
  servers: readonly [Server, ...Server[]],
): (host: string) => Server {
  const byName = new Map<string, Server>();
  for (const server of servers) {
    for (const name of server.config.names) if (!byName.has(name)) byName.set(name, server);
  }
  const fallback = servers.find(({ config }) => config.names.length === 0) ?? servers[0];
  const hasWildcards = [...byName.keys()].some((name) => name.startsWith('*'));
  return (host) => {
    // A client could ask for the name `*.example` as it stands.
    if (host.length > maxHostLength || host.startsWith('*')) return fallback;
    const found = byName.get(host.startsWith('[') ? canonicalAddress(host) : host);
    if (found !== undefined) return found;
    return (hasWildcards ? longestWildcard(byName, host) : undefined) ?? fallback;
  };
}

function longestWildcard<Server>(byName: ReadonlyMap<string, Server>, host: string): Server | undefined {
  // From 1: the star stands for at least one character.
  for (let dot = host.indexOf('.', 1); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const found = byName.get(`*${host.slice(dot)}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `[0:0:0::1]` is `[::1]` (RFC 5952), as names of servers are written. */
function canonicalAddress(host: string): string {
  return /^\[[0-9a-f:.]+\]$/.test(host) ? (URL.parse(`http://${host}`)?.hostname ?? host) : host;
}
