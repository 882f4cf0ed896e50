// What became of one attempt at an upstream, for `$upstream_addr` and its like.

export interface UpstreamState {
  /** Attempts of one passage to an upstream belong together; another passage follows an internal redirect. */
  readonly passage: number;
  /** Undefined where no server could be tried. */
  readonly peer: string;
  status: number;
  /** Milliseconds; undefined where it did not come so far. */
  connectMs: number | undefined;
  headerMs: number | undefined;
  responseMs: number | undefined;
  responseLength: number;
  bytesSent: number;
  bytesReceived: number;
}

/** nginx's list: `, ` between attempts, ` : ` between passages, `-` for what is not known. */
export function upstreamList(
  states: readonly UpstreamState[],
  read: (state: UpstreamState) => string | undefined,
): string | undefined {
  if (states.length === 0) return undefined;
  let text = '';
  for (const [index, state] of states.entries()) {
    const before = states[index - 1];
    if (before !== undefined) text += before.passage === state.passage ? ', ' : ' : ';
    text += read(state) ?? '-';
  }
  return text;
}

export function seconds(milliseconds: number): string {
  const whole = Math.max(0, Math.round(milliseconds));
  return `${Math.floor(whole / 1000)}.${String(whole % 1000).padStart(3, '0')}`;
}
