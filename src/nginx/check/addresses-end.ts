// The addresses that servers share: options that contradict each other, servers that are there twice, names that are
// taken (src/http/ngx_http.c, ngx_http_add_addresses and ngx_http_server_names).

import { NginxFault } from '../nginx-fault.ts';
import type { DirectiveNode, Reading } from '../read/directive-node.ts';
import { parseNginxUrl } from '../read/parse-url.ts';

export interface ListenAddress {
  /** `0.0.0.0:80`, `[::]:443`, `unix:/run/x.sock`: equal keys, one socket. */
  readonly key: string;
  readonly kind: 'inet' | 'inet6' | 'unix';
  readonly host: string;
  readonly port: number;
}

/** The addresses of one `listen`: one, or those of a range of ports. None where it is faulty. */
export function listenAddresses(text: string): ListenAddress[] {
  const url = parseNginxUrl(text, { listen: true, defaultPort: 80 });
  if (typeof url === 'string') return [];
  const { kind, host: written, port: first, lastPort } = url;
  if (kind === 'unix') return [{ key: `unix:${written}`, kind, host: written, port: 0 }];
  const host = written === '*' ? '0.0.0.0' : written;
  return Array.from({ length: lastPort - first + 1 }, (_, place) => {
    const port = first + place;
    return { key: kind === 'inet6' ? `[${host}]:${port}` : `${host}:${port}`, kind, host, port };
  });
}

/** Without a `listen` a server has port 80, or 8000 for those who may not have that. */
export function listensOf(server: DirectiveNode): readonly DirectiveNode[] {
  const listens = (server.block ?? []).filter(({ name }) => name === 'listen');
  if (listens.length > 0) return listens;
  return [{ name: 'listen', args: [process.getuid?.() === 0 ? '*:80' : '*:8000'], at: server.at }];
}

const bindOption =
  /^(bind|backlog=|rcvbuf=|sndbuf=|accept_filter|deferred|ipv6only=|reuseport|so_keepalive=|fastopen=)/;

type Earlier = readonly { readonly server: unknown; readonly listen: DirectiveNode }[];

/** Of one `listen`, asked where it stands: nginx refuses it there. @throws NginxFault */
export function checkSameAddress(node: DirectiveNode, earlier: Earlier, server: unknown): void {
  for (const { key } of listenAddresses(node.args[0] ?? '')) checkSameKey(key, node, earlier, server);
}

function checkSameKey(key: string, node: DirectiveNode, earlier: Earlier, server: unknown): void {
  const same = earlier.filter(({ listen }) => listenAddresses(listen.args[0] ?? '').some((one) => one.key === key));
  if (same.some((one) => one.server === server)) {
    throw new NginxFault(`a duplicate listen ${key}`, node.at);
  }
  const has = ({ args }: DirectiveNode, test: (option: string) => boolean): boolean => args.slice(1).some(test);
  const isDefault = (option: string): boolean => option === 'default' || option === 'default_server';
  if (
    has(node, (option) => bindOption.test(option)) &&
    same.some(({ listen }) => has(listen, (o) => bindOption.test(o)))
  ) {
    throw new NginxFault(`duplicate listen options for ${key}`, node.at);
  }
  if (has(node, isDefault) && same.some(({ listen }) => has(listen, isDefault))) {
    throw new NginxFault(`a duplicate default server for ${key}`, node.at);
  }
}

/** Names that two servers of an address have: the first keeps it. @throws NginxFault */
export function checkAddresses(servers: readonly DirectiveNode[], reading: Reading): void {
  const byAddress = new Map<string, DirectiveNode[]>();
  for (const server of servers) {
    for (const listen of listensOf(server)) {
      for (const { key } of listenAddresses(listen.args[0] ?? '')) {
        byAddress.set(key, [...(byAddress.get(key) ?? []), server]);
      }
    }
  }
  for (const [key, sharing] of byAddress) {
    const taken = new Set<string>();
    for (const server of sharing) {
      for (const name of namesOf(server)) {
        if (name.startsWith('~')) continue;
        if (sharing.length > 1 && taken.has(name)) reading.warn(`conflicting server name "${name}" on ${key}, ignored`);
        taken.add(name);
      }
    }
  }
}

/** In lower case; a server without any has the empty one. */
export function namesOf({ block = [] }: DirectiveNode): string[] {
  const nodes = block.filter(({ name }) => name === 'server_name');
  if (nodes.length === 0) return [''];
  const names = nodes.flatMap(({ args }) => args.map((name) => (name.startsWith('~') ? name : name.toLowerCase())));
  return [...new Set(names)];
}
