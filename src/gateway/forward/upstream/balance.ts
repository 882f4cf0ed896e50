// Which server of an upstream is asked next: the state of all servers and the clock in, one of them out. Decides on
// and changes nothing but the state it is handed; no sockets, no timers.

import { hash } from 'node:crypto';
import type { UpstreamConfig, UpstreamServerConfig } from '../../../config/schema.ts';

/** What is remembered of one server. Times are Unix milliseconds. */
export interface ServerState {
  readonly server: UpstreamServerConfig;
  /** Requests and tunnels that it has been given and that are not over. */
  inFlight: number;
  /** Smooth weighted round-robin (ngx_http_upstream_round_robin.c): what it has saved up. */
  currentWeight: number;
  /** Its weight, lowered by failures and slowly restored. */
  effectiveWeight: number;
  fails: number;
  failedAtMs: number;
  /** Since when its failures are counted; moved on by each trial of a server that was out. */
  checkedAtMs: number;
}

export function serverStateOf(server: UpstreamServerConfig): ServerState {
  return {
    server,
    inFlight: 0,
    currentWeight: 0,
    effectiveWeight: server.weight,
    fails: 0,
    failedAtMs: Number.NEGATIVE_INFINITY,
    checkedAtMs: Number.NEGATIVE_INFINITY,
  };
}

export interface Choice {
  readonly balance: UpstreamConfig['balance'];
  /** What decides with `hash`: requests with equal keys go to the same server. */
  readonly hashKey?: string | undefined;
  /** Servers that this request has been sent to already. */
  readonly tried: ReadonlySet<ServerState>;
  readonly nowMs: number;
}

/**
 * Chooses a server: one that is not backup if any can take the request, else a backup. Undefined where none can: all
 * are tried, out, or have as many connections as they may.
 */
export function decideNext(states: readonly ServerState[], choice: Choice): ServerState | undefined {
  const chosen = choose(states, choice);
  if (chosen === undefined) return undefined;
  // A server that was out gets one request; the others wait for how that ends.
  if (choice.nowMs - chosen.checkedAtMs > chosen.server.failTimeoutMs) chosen.checkedAtMs = choice.nowMs;
  return chosen;
}

function choose(states: readonly ServerState[], choice: Choice): ServerState | undefined {
  const [only] = states;
  if (only === undefined || states.length === 1) {
    return only !== undefined && canTake(states, only, choice) ? only : undefined;
  }
  for (const backup of [false, true]) {
    const eligible = states.filter((state) => state.server.backup === backup && canTake(states, state, choice));
    const chosen = pick(eligible, choice);
    if (chosen !== undefined) return chosen;
  }
  return undefined;
}

/** Whether a server takes part: not counted out by its failures. A server without siblings always does. */
export function isUp(
  states: readonly ServerState[],
  { server, fails, checkedAtMs }: ServerState,
  nowMs: number,
): boolean {
  if (states.length === 1 || server.maxFails === 0 || fails < server.maxFails) return true;
  return nowMs - checkedAtMs > server.failTimeoutMs;
}

function canTake(states: readonly ServerState[], state: ServerState, { tried, nowMs }: Choice): boolean {
  if (tried.has(state) || !isUp(states, state, nowMs)) return false;
  const { maxConnections } = state.server;
  return maxConnections === undefined || state.inFlight < maxConnections;
}

function pick(eligible: readonly ServerState[], { balance, hashKey }: Choice): ServerState | undefined {
  if (eligible.length <= 1) return eligible[0];
  switch (balance) {
    case 'round-robin':
      return pickByTurn(eligible);
    case 'least-connections':
      return pickByTurn(leastLoaded(eligible));
    case 'hash':
      return pickByKey(eligible, hashKey ?? '');
  }
}

/** Each saves up its weight every turn; the richest is chosen and pays what all have saved. */
function pickByTurn(eligible: readonly ServerState[]): ServerState | undefined {
  let total = 0;
  let best: ServerState | undefined;
  for (const state of eligible) {
    state.currentWeight += state.effectiveWeight;
    total += state.effectiveWeight;
    if (state.effectiveWeight < state.server.weight) state.effectiveWeight += 1;
    if (best === undefined || state.currentWeight > best.currentWeight) best = state;
  }
  if (best !== undefined) best.currentWeight -= total;
  return best;
}

function leastLoaded(eligible: readonly ServerState[]): ServerState[] {
  const load = ({ inFlight, server }: ServerState): number => inFlight / server.weight;
  const least = Math.min(...eligible.map(load));
  return eligible.filter((state) => load(state) === least);
}

/**
 * Weighted rendezvous hashing: every server draws a number from its address and the key, the luckiest wins. When a
 * server goes, only its own keys move.
 */
function pickByKey(eligible: readonly ServerState[], key: string): ServerState | undefined {
  let best: ServerState | undefined;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (const state of eligible) {
    const digest = hash('sha256', `${state.server.url}\n${key}`, 'buffer');
    const draw = (digest.readUIntBE(0, 6) + 1) / (2 ** 48 + 1);
    const score = state.server.weight / -Math.log(draw);
    if (score <= bestScore) continue;
    best = state;
    bestScore = score;
  }
  return best;
}

/** Notes that a server has answered. A success resets the count only when it came after a trial (nginx). */
export function recordSuccess(state: ServerState): void {
  if (state.failedAtMs < state.checkedAtMs) state.fails = 0;
}

/** Notes that a server could not be reached, broke off or took too long. */
export function recordFailure(state: ServerState, nowMs: number): void {
  const { maxFails, weight } = state.server;
  state.fails += 1;
  state.failedAtMs = nowMs;
  state.checkedAtMs = nowMs;
  if (maxFails > 0) state.effectiveWeight = Math.max(0, state.effectiveWeight - Math.floor(weight / maxFails));
}
