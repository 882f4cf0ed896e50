// W3C Trace Context (https://www.w3.org/TR/trace-context-2/): what a client says of the trace that its request is part of
// in, what an upstream is told out. Pure: the new span is named after the request's id, which is random.

import { headerValues, type RequestHead } from '../accept/request-head.ts';
import type { Exchange } from './exchange.ts';

/** The trace that a request is part of, as it goes on from here. */
export interface Trace {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** 16: the span that is the parent of what the upstream does. */
  readonly spanId: string;
  /** Two. */
  readonly flags: string;
  /** `tracestate`, undivided; undefined: there is none. */
  readonly state: string | undefined;
}

type Received = Omit<Trace, 'state'>;

/** Undefined: the request is part of no trace. */
export function traceOf({ head, id, decision }: Exchange): Trace | undefined {
  const mode = decision?.server?.traceparent ?? 'continue';
  const sent = headerValues(head, 'traceparent');
  const received = sent.length === 1 ? parseTraceparent(sent[0] as string) : undefined;
  if (mode === 'ignore') return received === undefined ? undefined : { ...received, state: stateOf(head) };
  if (received !== undefined && mode !== 'restart') {
    return { ...received, spanId: spanIdOf(id), state: stateOf(head) };
  }
  // What is not understood is not passed on (section 4.3); whoever sent it wanted to be traced.
  const begins = mode !== 'continue' || sent.length > 0;
  return begins ? { traceId: id, spanId: spanIdOf(id), flags: sampled, state: undefined } : undefined;
}

export function formatTraceparent({ traceId, spanId, flags }: Trace): string {
  return `00-${traceId}-${spanId}-${flags}`;
}

/** Section 3.2.2.5: the upstream is to record what happens. */
const sampled = '01';

/** Those of the flags that are known: sampled, and that the trace id is random. */
const knownFlags = 0x03;

/** Undefined for what is malformed (section 3.2.2): wrong digits, a version that is none, nothing but zeros. */
export function parseTraceparent(text: string): Received | undefined {
  const [, version, traceId, spanId, flags, more] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(text) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // A later version may say more, this one says just that (section 3.2.4).
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  const known = Number.parseInt(flags, 16) & knownFlags;
  return { traceId, spanId, flags: known.toString(16).padStart(2, '0') };
}

/** The most that has to be passed on, and all that is (section 3.3.1.5). */
const maxStateLength = 512;
const maxStateMembers = 32;

const stateMember =
  /^[a-z0-9](?:[a-z0-9_*/-]{0,255}|[a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/** What vendors have noted; dropped whole where any of it is malformed, or more than has to be passed on. */
function stateOf(head: RequestHead): string | undefined {
  const members = headerValues(head, 'tracestate')
    .join(',')
    .split(',')
    .map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  if (members.length === 0 || members.length > maxStateMembers) return undefined;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  if (keys.size < members.length || !members.every((member) => stateMember.test(member))) return undefined;
  const state = members.join(',');
  return state.length > maxStateLength ? undefined : state;
}

/** Half of a random id is random, too; all zeros would be malformed. */
function spanIdOf(id: string): string {
  const half = id.slice(0, 16);
  return /^0+$/.test(half) ? id.slice(16) : half;
}
