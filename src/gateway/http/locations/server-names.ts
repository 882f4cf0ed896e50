// Which of the servers of an address a name means (ngx_http.c, ngx_http_server_names; ngx_hash.c): exact names, then the
// longest wildcard at the beginning, then the longest at the end, then regular expressions in order; else the default.

import { toBinary } from '../binary-text.ts';
import { type Captured, compileRegex, type Regex } from '../script/regex.ts';
import type { ServerConf } from './server-conf.ts';

export interface ServerNames<R> {
  readonly defaultServer: ServerConf<R>;
  /** Undefined where no name matches. @param request whose groups are remembered where a regular expression matches */
  find(host: string, request: Captured | undefined): ServerConf<R> | undefined;
}

export function serverNames<R>(servers: readonly ServerConf<R>[], defaultServer: ServerConf<R>): ServerNames<R> {
  const exact = new Map<string, ServerConf<R>>();
  const heads: [suffix: string, server: ServerConf<R>][] = [];
  const tails: [prefix: string, server: ServerConf<R>][] = [];
  const regexes: [regex: Regex, server: ServerConf<R>][] = [];
  for (const server of servers) {
    for (const written of server.names) {
      const name = toBinary(written).toLowerCase();
      if (name.startsWith('~')) regexes.push([compileRegex(written.slice(1), true), server]);
      else if (name.startsWith('*.')) heads.push([name.slice(1), server]);
      else if (name.startsWith('.')) {
        heads.push([name, server]);
        if (!exact.has(name.slice(1))) exact.set(name.slice(1), server);
      } else if (name.endsWith('.*')) tails.push([name.slice(0, -1), server]);
      else if (!exact.has(name)) exact.set(name, server);
    }
  }
  heads.sort(([a], [b]) => b.length - a.length);
  tails.sort(([a], [b]) => b.length - a.length);
  return {
    defaultServer,
    find(host, request) {
      const one = exact.get(host);
      if (one !== undefined) return one;
      if (host === '') return undefined;
      const head = heads.find(([suffix]) => host.endsWith(suffix));
      if (head !== undefined) return head[1];
      const tail = tails.find(([prefix]) => host.length > prefix.length && host.startsWith(prefix));
      if (tail !== undefined) return tail[1];
      return regexes.find(([regex]) =>
        request === undefined ? regex.match(host) !== null : regex.exec(request, host),
      )?.[1];
    },
  };
}
