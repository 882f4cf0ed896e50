// One request until a server has answered it or none can: which server is asked, and whether another one is when that
// fails. The rules are the same for every executor of requests; how a request is put on a connection is theirs.

import type { Duplex } from 'node:stream';
import type { UpstreamConfig } from '../../../config/schema.ts';
import { MutualError } from '../../../errors.ts';
import type { UpstreamAttempt } from '../exchange.ts';
import type { Ask } from './ask.ts';
import type { Attempt, AttemptEvents, AttemptFailure, AttemptOptions } from './attempt.ts';
import { decideNext, isUp, recordFailure, recordSuccess, type ServerState } from './balance.ts';
import type { ServerReport } from './server-report.ts';
import type { UpstreamHead } from './upstream-request.ts';
import type { UpstreamServer } from './upstream-server.ts';

/** Puts a request on a connection of a server, once for every attempt. */
export interface Executor<Response> {
  attempt(options: AttemptOptions, events: AttemptEvents<Response>): Attempt;
}

/** Exactly one of `onResponse`, `onUpgrade` and `onFailure` is called, unless the request has been aborted before. */
export interface DeliveryHandler<Response> extends Omit<AttemptEvents<Response>, 'onFailure' | 'onOver'> {
  /** A server is about to be asked. The record is filled in until the attempt is over. */
  onAttempt(record: UpstreamAttempt): void;
  onFailure(error: MutualError): void;
}

/** The servers of one upstream, and what they share. */
export interface ServerGroup {
  readonly config: UpstreamConfig;
  readonly states: readonly ServerState[];
  readonly servers: ReadonlyMap<ServerState, UpstreamServer>;
  readonly report: ServerReport;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Those that have an attempt under way. */
  readonly live: DeliveryRing;
  /** Told when the last of them is over. */
  onIdle(): void;
}

/** A ring of deliveries, which are its links: nothing is looked up to begin or end one. */
export class DeliveryRing {
  previous: DeliveryRing = this;
  next: DeliveryRing = this;

  get isEmpty(): boolean {
    return this.next === this;
  }

  add(delivery: DeliveryRing): void {
    delivery.previous = this.previous;
    delivery.next = this;
    this.previous.next = delivery;
    this.previous = delivery;
  }

  leave(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this;
    this.next = this;
  }

  /** Of the ring's head: there is nothing to abort. */
  abort(): void {}
}

const noneTried: ReadonlySet<ServerState> = new Set();

/** Is at the same time what its attempts are told and whom they tell: there is one for every request. */
export class Delivery<Response> extends DeliveryRing implements AttemptOptions, AttemptEvents<Response> {
  readonly connectTimeoutMs: number;
  readonly responseTimeoutMs: number;
  readonly bodyIdleTimeoutMs: number;
  readonly now: () => number;
  readonly monotonic: () => number;
  fresh = false;
  readonly #group: ServerGroup;
  readonly #ask: Ask;
  readonly #executor: Executor<Response>;
  readonly #handler: DeliveryHandler<Response>;
  #server: UpstreamServer | undefined;
  #record: UpstreamAttempt | undefined;
  #tried: Set<ServerState> | undefined;
  #current: Attempt | undefined;

  constructor(group: ServerGroup, ask: Ask, executor: Executor<Response>, handler: DeliveryHandler<Response>) {
    super();
    const { config, now, monotonic } = group;
    this.#group = group;
    this.#ask = ask;
    this.#executor = executor;
    this.#handler = handler;
    this.connectTimeoutMs = ask.connectTimeoutMs ?? config.connectTimeoutMs;
    this.responseTimeoutMs = ask.responseTimeoutMs ?? config.responseTimeoutMs;
    this.bodyIdleTimeoutMs = config.bodyIdleTimeoutMs;
    this.now = now;
    this.monotonic = monotonic;
  }

  /** Of the attempt that is being made. */
  get server(): UpstreamServer {
    return this.#server as UpstreamServer;
  }

  get record(): UpstreamAttempt {
    return this.#record as UpstreamAttempt;
  }

  begin(): void {
    const nowMs = this.now();
    const first = this.#next(nowMs);
    if (first === undefined) this.#handler.onFailure(this.#unavailable());
    else this.#attempt(first, false, nowMs);
  }

  /** Nothing more is told; a response or a tunnel in progress ends, too. */
  override abort(): void {
    this.#current?.abort();
  }

  onForward(): void {
    this.#handler.onForward();
  }

  onInformational(status: number, rawHeaders: readonly string[]): void {
    this.#handler.onInformational(status, rawHeaders);
  }

  onResponse(response: Response): void {
    this.#answered();
    this.#handler.onResponse(response);
  }

  onUpgrade(head: UpstreamHead, socket: Duplex): void {
    this.#answered();
    this.#handler.onUpgrade(head, socket);
  }

  onOver(): void {
    this.leave();
    if (this.#group.live.isEmpty) this.#group.onIdle();
  }

  onFailure(failure: AttemptFailure): void {
    const { report, states } = this.#group;
    const { repeatable } = this.#ask;
    const { server } = this;
    const { state } = server;
    if (failure.stale && !this.fresh && repeatable) {
      this.#attempt(server, true, this.now());
      return;
    }
    if (failure.fault === 'server' && !failure.stale) {
      recordFailure(state, this.now());
      report.failed(state, failure.error, isUp(states, state, this.now()));
    }
    this.#tried ??= new Set();
    this.#tried.add(state);
    const again = failure.fault === 'server' && (repeatable || !failure.sent) ? this.#next(this.now()) : undefined;
    if (again === undefined) this.#handler.onFailure(failure.error);
    else this.#attempt(again, false, this.now());
  }

  #attempt(server: UpstreamServer, fresh: boolean, startedAtMs: number): void {
    this.#server = server;
    this.fresh = fresh;
    const { address } = server;
    const { name: upstream } = this.#group.config;
    this.#record = { upstream, address, startedAtMs, responseBytes: 0 };
    const attempt = this.#executor.attempt(this, this);
    this.#current = attempt;
    this.#group.live.add(this);
    this.#handler.onAttempt(this.#record);
    attempt.start();
  }

  #answered(): void {
    const { state } = this.server;
    recordSuccess(state);
    this.#group.report.succeeded(state);
  }

  #next(nowMs: number): UpstreamServer | undefined {
    const { states, servers, config } = this.#group;
    const { hashKey } = this.#ask;
    const tried = this.#tried ?? noneTried;
    const state = decideNext(states, { balance: config.balance, hashKey, tried, nowMs });
    return state && servers.get(state);
  }

  #unavailable(): MutualError {
    const { states, config } = this.#group;
    const out = states.filter((state) => !isUp(states, state, this.now())).length;
    const busy = states.length - out;
    return new MutualError(
      'upstream-unavailable',
      `no server of upstream ${config.name} can take the request: ${out} out after failures, ${busy} with as many connections as they may have`,
    );
  }
}
