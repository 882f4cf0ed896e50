// The memory of the last stage: told of everything that happens in one process, it can say at any time what has, as one
// plain value (`Observation`), and tells those who watch as it happens. It keeps numbers, and a bounded number of rows.

import type { Connection } from '../accept/connection.ts';
import type { ConnectionRefusal } from '../accept/refusal.ts';
import type { Authentication } from '../authenticate/authentication.ts';
import type { Exchange } from '../forward/exchange.ts';
import { refusalCode } from '../forward/variables/response.ts';
import { type ClientsSnapshot, createClientsSeen, mergeClients } from './clients-seen.ts';
import { type CounterSnapshot, sumOf } from './counter-snapshot.ts';
import { type Counters, createCounters, denialCodes, serverLabel } from './counters.ts';
import { createFeed, type FeedEvent } from './feed.ts';
import {
  connectionRefusalRecord,
  createRefusalsSeen,
  exchangeRefusalRecord,
  mergeRefusals,
  presented,
  type RefusalRecord,
} from './refusal-record.ts';
import type { ReloadFacts } from './reload-facts.ts';
import { requestEventOf } from './request-event.ts';
import { createSeconds, mergeSeconds, type SecondsSnapshot } from './seconds.ts';
import { seenRefusalRecord, seenRequestEvent, type Traffic } from './traffic.ts';

/** All that one process, or the sum of several, has seen. */
export interface Observation {
  readonly counters: CounterSnapshot;
  readonly seconds: SecondsSnapshot;
  readonly clients: ClientsSnapshot;
  /** The last one is first. */
  readonly refusals: readonly RefusalRecord[];
  readonly lastReload: ReloadFacts | null;
}

export interface Recorder {
  readonly counters: Counters;
  /** Of servers whose requests are no exchanges. */
  readonly traffic: Traffic;
  connectionOpened(connection: Connection, authentication: Authentication): void;
  connectionClosed(connection: Connection): void;
  connectionRefused(refusal: ConnectionRefusal): void;
  exchangeBegun(): void;
  exchangeFinished(exchange: Exchange): void;
  reloaded(facts: ReloadFacts): void;
  /** A second is over, or several. */
  tick(nowMs: number): void;
  /** @param after of the seconds only those behind this one (Unix time in seconds) */
  observation(after?: number): Observation;
  /** @returns ends it */
  subscribe(listener: (event: FeedEvent) => void): () => void;
}

/** @param now Unix time in milliseconds */
export function createRecorder(now: () => number): Recorder {
  const counters = createCounters();
  const seconds = createSeconds(now());
  const clients = createClientsSeen();
  const refusals = createRefusalsSeen(process.pid);
  const feed = createFeed();
  let lastReload: ReloadFacts | null = null;
  let open = 0;

  function refused(facts: Omit<RefusalRecord, 'id'>): void {
    seconds.refused();
    const record = refusals.add(facts);
    if (feed.wants('refusal')) feed.publish({ kind: 'refusal', data: record });
  }

  function connectionRefused(refusal: ConnectionRefusal): void {
    const nowMs = now();
    counters.connectionRefused(refusal, nowMs);
    const { certificate, client, server = null, code, reason } = refusal;
    if (certificate !== undefined) {
      clients.denied(certificate, { nowMs, address: client.address, server }, code, reason);
    }
    refused(connectionRefusalRecord(refusal, nowMs, clients.factsOf));
  }

  const traffic: Traffic = {
    opened(connection, { address }, certificate) {
      open += 1;
      counters.connectionOpened(connection);
      if (certificate === undefined) return;
      clients.admitted(certificate, { nowMs: now(), address, server: serverLabel(connection) });
    },
    closed(connection) {
      open -= 1;
      counters.connectionClosed(connection);
    },
    refused: connectionRefused,
    begun: () => counters.exchangeBegun(),
    finished(request) {
      counters.requestFinished(request);
      const { startedAtMs, durationMs, certificate, verifyError, refusal, server } = request;
      seconds.finished(durationMs, request.requestBodyBytes, request.responseBodyBytes);
      if (certificate !== undefined) {
        const sight = { nowMs: Math.round(startedAtMs + durationMs), address: request.client.address, server };
        if (verifyError === undefined) clients.requested(certificate, sight);
        if (refusal !== undefined && denialCodes.has(refusal.code)) {
          clients.denied(certificate, sight, refusal.code, refusal.reason);
        }
      }
      if (refusal !== undefined) refused(seenRefusalRecord(request, refusal, clients.factsOf));
      if (feed.wants('request')) feed.publish({ kind: 'request', data: seenRequestEvent(request) });
    },
  };

  return {
    counters,
    traffic,
    connectionOpened(connection, authentication) {
      open += 1;
      counters.connectionOpened(connection);
      if (authentication.kind !== 'verified') return;
      clients.admitted(authentication.identity.certificate, sightOf(connection, now()));
    },
    connectionClosed(connection) {
      open -= 1;
      counters.connectionClosed(connection);
    },
    connectionRefused,
    exchangeBegun: () => counters.exchangeBegun(),
    exchangeFinished(exchange) {
      const code = refusalCode(exchange);
      counters.exchangeFinished(exchange, code);
      const { durationMs = 0, requestBodyBytes, responseBodyBytes, decision, connection } = exchange;
      seconds.finished(durationMs, requestBodyBytes, responseBodyBytes);
      const authentication = decision?.authentication;
      if (authentication?.kind === 'verified') {
        const nowMs = Math.round(exchange.startedAtMs + durationMs);
        clients.requested(authentication.identity.certificate, sightOf(connection, nowMs));
      }
      // A client that goes away is not refused, and happens every day.
      if (code !== undefined && code !== 'client-closed') {
        const facts = exchangeRefusalRecord(exchange, code, clients.factsOf);
        const { certificate } = presented(authentication);
        if (certificate !== undefined && decision?.kind === 'denial') {
          clients.denied(certificate, sightOf(connection, facts.atMs), code, facts.reason);
        }
        refused(facts);
      }
      if (feed.wants('request')) feed.publish({ kind: 'request', data: requestEventOf(exchange, code) });
    },
    reloaded(facts) {
      counters.reloaded(facts.result === 'succeeded');
      lastReload = facts;
      feed.publish({ kind: 'reload', data: facts });
    },
    tick(nowMs) {
      seconds.tick(nowMs, open);
      feed.tick();
    },
    observation: (after) => ({
      counters: counters.snapshot(),
      seconds: seconds.snapshot(after),
      clients: clients.snapshot(),
      refusals: refusals.snapshot(),
      lastReload,
    }),
    subscribe: feed.subscribe,
  };
}

function sightOf(connection: Connection, nowMs: number) {
  return { nowMs, address: connection.client.address, server: serverLabel(connection) };
}

/** What several processes have seen, as one of them would have. Pure; at least one. */
export function mergeObservations(all: readonly Observation[]): Observation {
  const reloads = all.flatMap(({ lastReload }) => (lastReload === null ? [] : [lastReload]));
  return {
    counters: sumOf(all.map(({ counters }) => counters)),
    seconds: mergeSeconds(all.map(({ seconds }) => seconds)),
    clients: mergeClients(all.map(({ clients }) => clients)),
    refusals: mergeRefusals(all.map(({ refusals }) => refusals)),
    lastReload: reloads.sort((a, b) => b.atMs - a.atMs)[0] ?? null,
  };
}
