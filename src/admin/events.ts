// What `GET /api/events` sends: server-sent events, each with `event:` one of the keys of EventTypes and `data:` the JSON
// of its type, in one line. Types only. Nothing is sent twice and nothing is kept for later: who reconnects takes a new
// snapshot. A comment line comes every 15 seconds, so that a dead connection is noticed.

import type { RequestEvent } from '../gateway/observe/request-event.ts';
import type { CurrentRates, Readiness, RefusalEntry, ReloadFacts } from './snapshot.ts';

export type { RequestEvent } from '../gateway/observe/request-event.ts';

export interface EventTypes {
  /** The first event of a stream. */
  readonly hello: HelloEvent;
  /** Once a second, right after the second is over: the newest values of the history, and what changes all the time. */
  readonly second: SecondEvent;
  /** A finished exchange. */
  readonly request: RequestEvent;
  readonly refusal: RefusalEntry;
  readonly reload: ReloadFacts;
  /** A server of an upstream went down or came back, or its requests began to fail. */
  readonly upstream: UpstreamEvent;
  readonly readiness: Readiness;
  /** Events that this stream was not sent, since the last event of this kind: more came than it takes. */
  readonly omitted: OmittedEvent;
}

export type EventName = keyof EventTypes;

export interface HelloEvent {
  readonly format: 1;
  readonly version: string;
  readonly startedAtMs: number;
  readonly atMs: number;
  /** At most so many requests, and so many refusals, are sent in a second. */
  readonly mostPerSecond: number;
}

export interface SecondEvent {
  /** Unix time in seconds: the second that is over. Compare with `History.firstSecond`. */
  readonly second: number;
  /** As a snapshot of this moment has it: what is shown large changes every second. */
  readonly now: CurrentRates;
  readonly requests: number;
  readonly refusals: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** Open now. */
  readonly connections: number;
  readonly requestsInFlight: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export interface UpstreamEvent {
  readonly atMs: number;
  readonly upstream: string;
  readonly url: string;
  /** `failing`: it failed and is still asked; `down`: not asked for now; `up`: it answers again. */
  readonly state: 'failing' | 'down' | 'up';
  /** One sentence. */
  readonly text: string;
}

export interface OmittedEvent {
  readonly requests: number;
  readonly refusals: number;
  /** Of all other kinds. */
  readonly others: number;
}
