// What an operator should hear at every start, because it is allowed and dangerous.

import { isIP } from 'node:net';
import type { Config, ListenConfig } from '../config/schema.ts';

/** One sentence each. */
export function exposureWarnings(config: Config): string[] {
  const warnings: string[] = [];
  for (const server of config.servers) {
    const forwards = server.routes.some(({ action }) => action.kind === 'upstream');
    for (const listen of server.listen) {
      if (server.tls === undefined && forwards && reachable(listen)) {
        warnings.push(
          `${listen.key} takes plain HTTP from other machines and forwards it: whoever reaches it is let through; listen on 127.0.0.1 unless that network is trusted`,
        );
      }
    }
  }
  for (const { name, tls } of Object.values(config.upstreams)) {
    if (tls?.unsafeSkipVerify === true) {
      warnings.push(`unsafeSkipVerify: the upstream ${name} is NOT verified; anybody between here and there can be it`);
    }
  }
  const { admin } = config;
  if (admin !== undefined && reachable(admin.listen) && admin.tls?.clients.verify !== 'required') {
    warnings.push(
      `the admin listener ${admin.listen.key} can be reached from other machines WITHOUT a client certificate: whoever reaches it sees who your clients are and may reload; listen on 127.0.0.1, or give it admin.tls.clients`,
    );
  }
  return warnings;
}

/** Whether other machines may get to an address. */
function reachable(listen: ListenConfig): boolean {
  if (listen.kind === 'unix') return false;
  const { host } = listen;
  if (isIP(host) === 0) return host !== 'localhost';
  return !host.startsWith('127.') && host !== '::1';
}
