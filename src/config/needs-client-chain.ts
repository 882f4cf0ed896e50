// Whether anything on a server asks for the certificates that a client sends after its own: a header that tells them, or
// a limit to their number.

import type { IdentityHeadersConfig, ServerConfig } from './schema.ts';

/** Where it does, sessions are not resumed (RFC 9440 section 3.3): a resumed one has the client's own certificate alone. */
export function needsClientChain(server: Pick<ServerConfig, 'tls' | 'identityHeaders' | 'routes'>): boolean {
  if (server.tls === undefined || server.tls.clients.verify === 'none') return false;
  if (server.tls.clients.depth !== undefined) return true;
  return [server.identityHeaders, ...server.routes.map((route) => route.identityHeaders)].some(tellsChain);
}

function tellsChain(config: IdentityHeadersConfig | undefined): boolean {
  return (
    config?.rfc9440?.chain === true ||
    config?.traefik?.chain === true ||
    config?.awsAlb?.mode === 'passthrough' ||
    config?.envoy?.details.includes('chain') === true
  );
}
