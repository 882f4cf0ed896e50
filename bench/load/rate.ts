// Requests that begin at fixed times: a gateway that stalls makes those wait, too, that were due meanwhile.

import { type ClientConnection, connectClients, requestOf, tlsOptions } from './client-connection.ts';
import type { Fail, RateOrder, RateResult } from './order.ts';

export async function prepareRate(order: RateOrder, fail: Fail): Promise<() => Promise<RateResult>> {
  const request = requestOf();
  const connections = await connectClients(tlsOptions(order), order.connections, fail, request);
  return () => exchangeOnTime(order, connections, request);
}

async function exchangeOnTime(
  { perSecond, seconds }: RateOrder,
  connections: readonly ClientConnection[],
  request: Buffer,
): Promise<RateResult> {
  const free: ClientConnection[] = [...connections];
  const waiting: number[] = [];
  const taken: number[] = [];
  const total = perSecond * seconds;
  const start = performance.now();
  let begun = 0;

  await new Promise<void>((resolve) => {
    const send = (connection: ClientConnection, dueAt: number): void => {
      connection.exchange(request, () => {
        taken.push(performance.now() - dueAt);
        const next = waiting.shift();
        if (next === undefined) free.push(connection);
        else send(connection, next);
        if (taken.length === total) resolve();
      });
    };
    // A timer of this process is late by up to a millisecond, which is not the gateway's: what is due begins now.
    const timer = setInterval(() => {
      const now = performance.now();
      for (const due = Math.min(total, ((now - start) * perSecond) / 1000); begun < due; begun += 1) {
        const connection = free.pop();
        if (connection === undefined) waiting.push(now);
        else send(connection, now);
      }
      if (begun === total) clearInterval(timer);
    }, 1);
  });
  taken.sort((a, b) => a - b);
  const at = (share: number): number => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))] as number;
  return { p50: at(0.5), p99: at(0.99) };
}
