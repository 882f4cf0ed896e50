// What the primary and its workers say to one another: a message of whatever shape in, a message of a known kind out, or
// an error. Both ends are the same program, but a message may still come from another version, or not be one at all.

import { z } from 'zod';
import { type ErrorCode, errorKinds, MutualError, messageOf } from '../errors.ts';
import type { FeedEvent } from '../gateway/observe/feed.ts';
import type { Report } from '../gateway/status/report.ts';

const port = z.int().min(0).max(65_535);
/** By the key of the address. */
const ports = z.record(z.string(), port);
const errorCode = z.enum(Object.keys(errorKinds) as [ErrorCode, ...ErrorCode[]]);
const fault = z.strictObject({ code: errorCode, message: z.string() });
/** Unix time in seconds; without end for nothing of the past. */
const second = z.custom<number>((value) => typeof value === 'number');
/** Plain values, made and read by the same functions on both sides. */
const report = z.custom<Report>((value) => hasKeys(value, ['observation', 'processes', 'reasons']));
const event = z.custom<FeedEvent>((value) => hasKeys(value, ['kind', 'data']));

const start = z.strictObject({
  kind: z.literal('start'),
  /** From 1. */
  worker: z.int().min(1),
  /** The configuration itself: the file may hold another one by now. */
  text: z.string(),
  file: z.string(),
  ticketSecret: z.instanceof(Uint8Array),
  ports,
  reusePort: z.boolean(),
  /** Whether somebody watches what happens. */
  watched: z.boolean(),
});

const toWorker = z.discriminatedUnion('kind', [
  start,
  z.strictObject({ kind: z.literal('prepare'), text: z.string(), ports }),
  z.strictObject({ kind: z.literal('commit') }),
  z.strictObject({ kind: z.literal('abort') }),
  z.strictObject({ kind: z.literal('reopen') }),
  z.strictObject({ kind: z.literal('watch'), watched: z.boolean() }),
  z.strictObject({ kind: z.literal('report'), id: z.int(), after: second.optional() }),
  z.strictObject({ kind: z.literal('drain') }),
  z.strictObject({ kind: z.literal('stop') }),
]);

const address = z.strictObject({
  listener: z.string(),
  host: z.string(),
  port: z.number(),
  url: z.string(),
  servers: z.array(z.string()),
});

const fromWorker = z.discriminatedUnion('kind', [
  /** It listens for messages. */
  z.strictObject({ kind: z.literal('hello') }),
  z.strictObject({ kind: z.literal('started'), addresses: z.array(address) }),
  /** It cannot start, and ends. */
  z.strictObject({ kind: z.literal('failed'), fault }),
  z.strictObject({ kind: z.literal('prepared'), fault: fault.optional() }),
  z.strictObject({ kind: z.literal('committed') }),
  z.strictObject({ kind: z.literal('aborted') }),
  /** A file or a list has changed: all are to reload. */
  z.strictObject({ kind: z.literal('changed') }),
  z.strictObject({ kind: z.literal('event'), event }),
  z.strictObject({ kind: z.literal('report'), id: z.int(), report }),
  /** The last message of one that was told to end. */
  z.strictObject({ kind: z.literal('ended'), report }),
]);

export type ToWorker = z.output<typeof toWorker>;
export type StartMessage = z.output<typeof start>;
export type FromWorker = z.output<typeof fromWorker>;
export type WorkerFault = z.output<typeof fault>;

/** @throws MutualError `internal` */
export function parseToWorker(message: unknown): ToWorker {
  return checked(toWorker.safeParse(message));
}

/** @throws MutualError `internal` */
export function parseFromWorker(message: unknown): FromWorker {
  return checked(fromWorker.safeParse(message));
}

export function faultOf(error: unknown): WorkerFault {
  return { code: error instanceof MutualError ? error.code : 'internal', message: messageOf(error) };
}

function checked<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw new MutualError('internal', `a message between processes is not understood: ${z.prettifyError(result.error)}`);
}

function hasKeys(value: unknown, keys: readonly string[]): boolean {
  return typeof value === 'object' && value !== null && keys.every((key) => key in value);
}
