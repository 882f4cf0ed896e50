// The servers of an upstream and the choice among them, in exactly nginx's order (ngx_http_upstream_round_robin.c): smooth
// weighted round robin, failures that take a server out for a while, and backups when no other is left.

export interface Peer {
  /** For `$upstream_addr`: `127.0.0.1:8080`, `unix:/run/app.sock`. */
  readonly name: string;
  /** The server as the configuration names it: several addresses of a name share it. */
  readonly server: string;
  readonly host: string;
  readonly port: number;
  /** In place of host and port. */
  readonly socketPath: string | undefined;
  readonly weight: number;
  readonly maxFails: number;
  readonly failTimeoutMs: number;
  readonly maxConnections: number;
  readonly down: boolean;
  currentWeight: number;
  effectiveWeight: number;
  connections: number;
  fails: number;
  accessedMs: number;
  checkedMs: number;
}

/** One choice after another for one request. */
export interface PeerChoice {
  /** How many more may be tried. */
  tries: number;
  /** Undefined where none can be used now. */
  next(): Peer | undefined;
  /** Gives a peer back. @returns whether the failure took it out */
  free(peer: Peer, outcome: 'ok' | 'next' | 'failed'): boolean;
}

export interface PeerSet {
  readonly peers: readonly Peer[];
  readonly backups: readonly Peer[];
}

export function isUsable(peer: Peer, tried: ReadonlySet<Peer>, nowMs: number): boolean {
  if (tried.has(peer) || peer.down) return false;
  const out = peer.maxFails > 0 && peer.fails >= peer.maxFails && nowMs - peer.checkedMs <= peer.failTimeoutMs;
  return !out && !(peer.maxConnections > 0 && peer.connections >= peer.maxConnections);
}

/** @param nowMs in whole seconds, as nginx counts */
export function chooseRoundRobin(peers: readonly Peer[], tried: ReadonlySet<Peer>, nowMs: number): Peer | undefined {
  let best: Peer | undefined;
  let total = 0;
  for (const peer of peers) {
    if (!isUsable(peer, tried, nowMs)) continue;
    peer.currentWeight += peer.effectiveWeight;
    total += peer.effectiveWeight;
    if (peer.effectiveWeight < peer.weight) peer.effectiveWeight += 1;
    if (best === undefined || peer.currentWeight > best.currentWeight) best = peer;
  }
  if (best !== undefined) best.currentWeight -= total;
  return best;
}

/** The fewest connections for its weight; those that have equally few take turns (ngx_http_upstream_least_conn_module.c). */
export function chooseLeastConnections(
  peers: readonly Peer[],
  tried: ReadonlySet<Peer>,
  nowMs: number,
): Peer | undefined {
  const usable = peers.filter((peer) => isUsable(peer, tried, nowMs));
  let least: Peer[] = [];
  for (const peer of usable) {
    const [first] = least;
    const difference = first === undefined ? -1 : peer.connections * first.weight - first.connections * peer.weight;
    if (difference < 0) least = [peer];
    else if (difference === 0) least.push(peer);
  }
  return least.length < 2 ? least[0] : chooseRoundRobin(least, tried, nowMs);
}

export type Chooser = (peers: readonly Peer[], tried: ReadonlySet<Peer>, nowMs: number) => Peer | undefined;

export function createPeerChoice({ peers, backups }: PeerSet, choose: Chooser, now: () => number): PeerChoice {
  let tried = new Set<Peer>();
  let onBackups = false;
  const single = peers.length === 1 && backups.length === 0;
  const seconds = (): number => Math.floor(now() / 1000) * 1000;
  return {
    tries: [...peers, ...backups].filter(({ down }) => !down).length,
    next() {
      const nowMs = seconds();
      const [only] = peers;
      if (single && only !== undefined) {
        const full = only.maxConnections > 0 && only.connections >= only.maxConnections;
        if (only.down || full) return undefined;
        only.connections += 1;
        return only;
      }
      let peer = choose(onBackups ? backups : peers, tried, nowMs);
      if (peer === undefined && !onBackups && backups.length > 0) {
        onBackups = true;
        tried = new Set();
        peer = chooseRoundRobin(backups, tried, nowMs);
      }
      if (peer === undefined) return undefined;
      tried.add(peer);
      peer.connections += 1;
      if (nowMs - peer.checkedMs > peer.failTimeoutMs) peer.checkedMs = nowMs;
      return peer;
    },
    free(peer, outcome) {
      peer.connections -= 1;
      if (single) {
        this.tries = 0;
        return false;
      }
      const disabled = outcome === 'failed' && fail(peer, seconds());
      if (outcome !== 'failed' && peer.accessedMs < peer.checkedMs) peer.fails = 0;
      if (this.tries > 0) this.tries -= 1;
      return disabled;
    },
  };
}

function fail(peer: Peer, nowMs: number): boolean {
  peer.fails += 1;
  peer.accessedMs = nowMs;
  peer.checkedMs = nowMs;
  if (peer.maxFails === 0) return false;
  peer.effectiveWeight = Math.max(0, peer.effectiveWeight - Math.floor(peer.weight / peer.maxFails));
  return peer.fails >= peer.maxFails;
}
