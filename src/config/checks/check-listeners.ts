// Servers and the addresses they listen on: whether all of them can be had at once, and which server a name means.

import { resolve } from 'node:path';
import type { Finding, KeyPath } from '../config-error.ts';
import { listenEntry } from '../document/listen.ts';
import { covers, formatListenAddress, type ListenAddress } from '../listen-address.ts';
import { parseServerName } from '../server-name.ts';
import { checkSocketPath } from './check-socket-path.ts';
import { fieldsOf, itemsOf, oneOrMoreOf } from './raw.ts';

/** One server's use of one address. */
interface Use {
  readonly server: number;
  readonly path: KeyPath;
  readonly address: ListenAddress;
  readonly key: string;
  readonly tls: boolean;
  readonly http2: boolean;
  readonly proxyProtocol: boolean;
  readonly mode: number | undefined;
  /** Canonical; empty for the server that takes what is left. */
  readonly names: readonly string[];
}

export function checkListeners(document: Readonly<Record<string, unknown>>, folder: string): Finding[] {
  const uses = itemsOf(document.servers).flatMap((server, index) => usesOf(fieldsOf(server), index, folder));
  const trusted = oneOrMoreOf(document.trustedProxies).length > 0;
  return [
    ...uses.flatMap((use) => checkAlone(use, trusted)),
    ...uses.flatMap((use, index) => checkAgainst(use, uses.slice(0, index), uses)),
  ];
}

function usesOf(server: Readonly<Record<string, unknown>>, index: number, folder: string): Use[] {
  const names = namesOf(server.names);
  return oneOrMoreOf(server.listen).flatMap(({ value, steps }): Use[] => {
    const parsed = listenEntry.safeParse(value);
    if (!parsed.success) {
      return [];
    }
    const options = parsed.data;
    const written = options.address;
    const address = written.kind === 'unix' ? { ...written, path: resolve(folder, written.path) } : written;
    const use: Use = {
      server: index,
      path: ['servers', index, 'listen', ...steps],
      address,
      key: formatListenAddress(address),
      tls: server.tls !== undefined,
      http2: options.http2 ?? server.http2 === true,
      proxyProtocol: options.proxyProtocol,
      mode: options.mode,
      names,
    };
    return [use];
  });
}

function namesOf(value: unknown): string[] {
  return oneOrMoreOf(value).flatMap((name) => {
    try {
      return [parseServerName(String(name.value))];
    } catch {
      return [];
    }
  });
}

function checkAlone({ path, address, http2, tls, proxyProtocol, mode }: Use, trusted: boolean): Finding[] {
  const messages: string[] = [];
  if (http2 && !tls) {
    messages.push('HTTP/2 needs `tls`');
  }
  if (address.kind === 'tcp' && mode !== undefined) {
    messages.push('`mode` is for unix sockets');
  }
  if (address.kind === 'tcp' && proxyProtocol && !trusted) {
    messages.push('`proxyProtocol` needs `trustedProxies`: name the addresses whose PROXY headers are believed');
  }
  const findings: Finding[] = messages.map((message) => ({ path, message }));
  return address.kind === 'unix' ? [...findings, ...checkSocketPath(address.path, path)] : findings;
}

function checkAgainst(use: Use, earlier: readonly Use[], all: readonly Use[]): Finding[] {
  const { path } = use;
  const wide = all.find((other) => covers(other.address, use.address));
  const findings: Finding[] =
    wide === undefined
      ? []
      : [{ path, message: `${use.key} is part of ${wide.key}, which is listened on too: give one` }];
  const same = earlier.find((other) => other.key === use.key);
  if (same === undefined) {
    return findings;
  }
  if (same.server === use.server) {
    return [...findings, { path, message: `${use.key} is given twice` }];
  }
  const disagreement = disagreementOf(use, same);
  if (disagreement !== undefined) {
    findings.push({ path, message: `servers[${same.server}] listens on ${use.key} as well, but ${disagreement}` });
  }
  return [...findings, ...checkNames(use, earlier)];
}

function disagreementOf(use: Use, other: Use): string | undefined {
  if (use.tls !== other.tls) {
    return 'one has `tls` and the other has not';
  }
  const option = (['http2', 'proxyProtocol', 'mode'] as const).find((name) => use[name] !== other[name]);
  return option === undefined ? undefined : `with another \`${option}\``;
}

function checkNames(use: Use, earlier: readonly Use[]): Finding[] {
  const rivals = earlier.filter(({ key, server }) => key === use.key && server !== use.server);
  const base = ['servers', use.server] as const;
  if (use.names.length === 0) {
    const rival = rivals.find(({ names }) => names.length === 0);
    const message = `two servers without \`names\` on ${use.key}: servers[${rival?.server}] takes what is left already`;
    return rival === undefined ? [] : [{ path: base, message }];
  }
  return use.names.flatMap((name) => {
    const rival = rivals.find(({ names }) => names.includes(name));
    const message = `"${name}" is a name of servers[${rival?.server}] on ${use.key} already`;
    return rival === undefined ? [] : [{ path: [...base, 'names'], message }];
  });
}
