// What is measured: each scenario says with which programs, started how, under which load, and what one figure of it is.

import type { Keys } from './fixture.ts';
import { measureCpu, measureLatency, measureMemory, type Work } from './measure.ts';
import { caddy } from './targets/caddy.ts';
import { haproxy } from './targets/haproxy.ts';
import { mutual, standardLane } from './targets/mutual.ts';
import { nginx } from './targets/nginx.ts';
import { bareNode, fastifyHttpProxy, httpProxyMiddleware } from './targets/node-peers.ts';
import { type Program, routePath, type Target } from './targets/target.ts';

/** How much of everything: more costs time, less lets chance in. */
export interface Sizes {
  readonly rounds: number;
  readonly requests: number;
  readonly handshakes: number;
  /** Bodies of a MiB. */
  readonly bodies: number;
  readonly idle: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly connections: number;
  readonly routes: number;
  readonly crlEntries: number;
}

/** One way to start the programs, and the load for it. */
export interface Point {
  /** What grows; undefined where programs are compared. */
  readonly x?: number;
  readonly keys?: Keys;
  readonly routes?: number;
  readonly crlEntries?: number;
  readonly workers?: number;
}

export interface Scenario {
  readonly name: string;
  readonly programs: readonly Program[];
  readonly points: readonly Point[];
  /** Memory is measured in a process that has done nothing before. */
  readonly fresh?: boolean;
  /** Left out of a quick look. */
  readonly slow?: boolean;
  /** What grows, in a word. */
  readonly grows?: string;
  /** What the figures of `measure` are called, in the same order. */
  readonly figures: readonly { readonly name: string; readonly title: string; readonly unit: string }[];
  measure(target: Target, credentials: string, point: Point): Promise<readonly number[]>;
}

export const programs: readonly Program[] = [
  mutual,
  standardLane,
  nginx,
  haproxy,
  caddy,
  fastifyHttpProxy,
  httpProxyMiddleware,
  bareNode,
];

const mebibyte = 2 ** 20;

/** @param against another mutual, measured beside this one */
export function scenariosOf(sizes: Sizes, against: readonly Program[]): readonly Scenario[] {
  const all = [...against, ...programs];
  const gateways = all.filter((program) => program !== bareNode);
  const { requests, handshakes, bodies, idle } = sizes;
  const kept = { task: 'requests', connections: 16, inFlight: 16, requests } as const;
  const connecting = { task: 'handshakes', handshakes, inFlight: 4 } as const;
  const body = { task: 'requests', connections: 4, inFlight: 4, requests: bodies } as const;
  const cpuPer = (count: number, work: (point: Point) => Work): Scenario['measure'] => {
    return async (target, credentials, point) => [(await measureCpu(target, credentials, work(point))) / count];
  };
  const comparing = (name: string, title: string, count: number, work: Work, keys: Keys = 'P-256'): Scenario => ({
    name,
    programs: /^(handshake|resumption)/.test(name) ? all : gateways,
    points: [{ keys }],
    slow: /^handshake-|^resumption/.test(name),
    figures: [{ name, title, unit: 'µs' }],
    measure: cpuPer(count, () => work),
  });
  const growing = (
    name: string,
    grows: string,
    points: readonly Point[],
    work: (point: Point) => Work = () => kept,
    count: number = requests,
  ): Scenario => ({
    name,
    grows,
    slow: true,
    programs: [...against, mutual, nginx],
    points,
    figures: [{ name, title: `CPU of a ${count === requests ? 'request' : 'handshake'} by ${grows}`, unit: 'µs' }],
    measure: cpuPer(count, work),
  });
  return [
    comparing('small', 'CPU of a small request', requests, kept),
    comparing('handshake', 'CPU of a full handshake with a request', handshakes, connecting),
    comparing('handshake-rsa', 'CPU of a full handshake with a request, RSA 2048', handshakes, connecting, 'rsa:2048'),
    comparing('handshake-tls12', 'CPU of a full handshake with a request, TLS 1.2', handshakes, {
      ...connecting,
      protocol: 'TLSv1.2',
    }),
    comparing('resumption', 'CPU of a resumed handshake with a request', handshakes, { ...connecting, resume: true }),
    comparing('download', 'CPU of a MiB to the client', bodies, { ...body, path: `/bytes/${mebibyte}` }),
    comparing('upload', 'CPU of a MiB from the client', bodies, { ...body, bodyBytes: mebibyte }),
    {
      name: 'idle',
      programs: all,
      points: [{}],
      fresh: true,
      figures: [{ name: 'idle', title: 'Memory of an idle connection', unit: 'KB' }],
      async measure(target, credentials) {
        const work = { task: 'hold', first: Math.ceil(idle / 4), more: idle } as const;
        return [(await measureMemory(target, credentials, work)) / 1024];
      },
    },
    {
      name: 'latency',
      programs: gateways,
      points: [{}],
      figures: [
        { name: 'p50', title: `Latency at ${sizes.perSecond} requests a second, median`, unit: 'ms' },
        { name: 'p99', title: `Latency at ${sizes.perSecond} requests a second, 99th percentile`, unit: 'ms' },
      ],
      async measure(target, credentials) {
        const { perSecond, seconds } = sizes;
        const { p50, p99 } = await measureLatency(target, credentials, {
          task: 'rate',
          connections: 16,
          perSecond,
          seconds,
        });
        return [p50, p99];
      },
    },
    growing(
      'routes',
      'routes',
      [1, Math.ceil(sizes.routes / 100), sizes.routes].map((routes) => ({ x: routes, routes })),
      ({ routes = 1 }) => ({ ...kept, path: `${routePath(routes - 1)}bench` }),
    ),
    growing(
      'connections',
      'open connections',
      [Math.ceil(sizes.connections / 100), Math.ceil(sizes.connections / 10), sizes.connections].map((x) => ({ x })),
      ({ x = 1 }) => ({ ...kept, connections: x }),
    ),
    growing(
      'crl',
      'revoked certificates',
      [0, Math.ceil(sizes.crlEntries / 100), sizes.crlEntries].map((entries) => ({ x: entries, crlEntries: entries })),
    ),
    growing(
      'crl-handshake',
      'revoked certificates',
      [0, Math.ceil(sizes.crlEntries / 100), sizes.crlEntries].map((entries) => ({ x: entries, crlEntries: entries })),
      () => connecting,
      handshakes,
    ),
    growing(
      'workers',
      'workers',
      [1, 2].map((workers) => ({ x: workers, workers })),
    ),
    growing(
      'headers',
      'header fields',
      [5, 20, 60].map((x) => ({ x })),
      ({ x = 5 }) => ({ ...kept, moreHeaders: x - 4 }),
    ),
  ];
}
