// The gateway in a process of its own, whose memory is watched while clients come and go.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trust } from './guarded-gateway.ts';
import type { AfterHook } from './openssl.ts';
import { type RunningMutual, startMutual } from './spawn-mutual.ts';

/** A value for `skip` of a test. */
export const withoutProc: false | string = process.platform === 'linux' ? false : 'reads /proc';

/** @param clients keys of `tls.clients`, beside the CA of the trust */
export function startMeasured(
  t: AfterHook,
  trust: Trust,
  upstream: string,
  clients: Readonly<Record<string, unknown>> = {},
): Promise<RunningMutual> {
  const config = join(mkdtempSync(join(trust.directory, 'process-')), 'mutual.yaml');
  const { certificate, key } = trust.server;
  const tls = { certificate, key, clients: { ca: trust.ca.certificate, ...clients } };
  const servers = [{ listen: '127.0.0.1:0', tls, routes: [{ path: '/', upstream }] }];
  writeFileSync(config, JSON.stringify({ servers, log: { access: 'off', refusalsPerSecond: 0 } }));
  // With a small heap what can be freed is freed soon, and what grows is what is kept.
  return startMutual(t, config, { nodeOptions: ['--max-old-space-size=64'] });
}

/**
 * Bytes by which the resident memory of a process grows while `round` runs: the least of up to three rounds, for what
 * leaks grows in every round, and a heap that has settled does not.
 *
 * @param enough a growth that is little enough to try no further
 */
export async function leastGrowth(pid: number, enough: number, round: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 3 && least >= enough; tries += 1) {
    const before = residentBytes(pid);
    await round();
    least = Math.min(least, residentBytes(pid) - before);
  }
  return least;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) * 1024;
}

/** Does the work with so many hands at a time. */
export async function inParallel(hands: number, work: readonly (() => Promise<unknown>)[]): Promise<void> {
  const left = [...work];
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await next();
  };
  await Promise.all(Array.from({ length: hands }, worker));
}
