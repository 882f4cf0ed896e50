// How the servers of each upstream are doing, as a plain value; and the sum of what several processes say of them. Pure.

import type { Config, UpstreamConfig } from '../../config/schema.ts';
import type { UpstreamSnapshot } from '../forward/upstream/upstream.ts';

export interface UpstreamStatus {
  readonly name: string;
  readonly balance: UpstreamConfig['balance'];
  /** Routes that lead there: `SERVER ROUTE`. */
  readonly usedBy: readonly string[];
  readonly servers: readonly UpstreamServerStatus[];
}

export interface UpstreamServerStatus {
  readonly url: string;
  /** As logs and counters have it. */
  readonly address: string;
  readonly up: boolean;
  readonly backup: boolean;
  readonly weight: number;
  readonly inFlight: number;
  readonly idleConnections: number;
}

export function upstreamStatusOf(config: Config, snapshots: readonly UpstreamSnapshot[]): readonly UpstreamStatus[] {
  return Object.values(config.upstreams).map(({ name, balance, servers }) => {
    const seen = snapshots.find((one) => one.name === name);
    return {
      name,
      balance,
      usedBy: routesTo(config, name),
      servers: servers.map((server, index) => {
        const { url, weight, backup } = server;
        const { up = true, inFlight = 0, idleConnections = 0 } = seen?.servers[index] ?? {};
        const host = server.kind === 'tcp' && server.host.includes(':') ? `[${server.host}]` : '';
        const address =
          server.kind === 'unix' ? `unix:${server.socketPath}` : `${host === '' ? server.host : host}:${server.port}`;
        return { url, address, up, backup, weight, inFlight, idleConnections };
      }),
    };
  });
}

function routesTo(config: Config, upstream: string): string[] {
  return config.servers.flatMap(({ name: server, routes }) =>
    routes.flatMap(({ name, action }) =>
      action.kind === 'upstream' && action.upstream === upstream ? [`${server} ${name}`] : [],
    ),
  );
}

/** Up where any process has it up: each finds out by itself. */
export function mergeUpstreams(all: readonly (readonly UpstreamStatus[])[]): readonly UpstreamStatus[] {
  const [first = [], ...others] = all;
  return first.map((upstream) => {
    const twins = others.flatMap((one) => one.find(({ name }) => name === upstream.name) ?? []);
    return {
      ...upstream,
      servers: upstream.servers.map((server) => {
        const same = twins.flatMap(({ servers }) => servers.find(({ url }) => url === server.url) ?? []);
        return {
          ...server,
          up: server.up || same.some(({ up }) => up),
          inFlight: same.reduce((sum, one) => sum + one.inFlight, server.inFlight),
          idleConnections: same.reduce((sum, one) => sum + one.idleConnections, server.idleConnections),
        };
      }),
    };
  });
}
