// The program's own log: one JSON object a line, with `time` (RFC 3339), `level`, `msg`, and `code` (errors.ts)
// where something went wrong; on a terminal the same for people. Never a credential, never more than the operator has to
// know.

import { isatty, WriteStream } from 'node:tty';
import pino, { type Logger } from 'pino';
import type { LogFormat, LogLevel } from '../../config/schema.ts';
import { MutualError } from '../../errors.ts';
import { escapeJsonLine } from './escape.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';
import { createPrettyLine } from './pretty-line.ts';
import { redacted, redactPaths } from './redact.ts';

export interface ProgramLogOptions {
  readonly level: LogLevel;
  /** Absent: a standard stream. */
  readonly file?: string | undefined;
  /** Default: `auto`. */
  readonly format?: LogFormat;
  /** Standard output in place of standard error. */
  readonly stdout?: boolean;
}

export interface ProgramLog extends Omit<LineWriter, 'write'> {
  readonly logger: Logger;
  /** Writes lines that others have made: those of this log are printed as its own, all others as they are. */
  relay(lines: string): void;
}

/** @throws MutualError `file-unwritable` */
export function createProgramLog({ level, file, format = 'auto', stdout = false }: ProgramLogOptions): ProgramLog {
  const target = file ?? (stdout ? 1 : 2);
  // Where the log itself fails there is nobody left to tell but standard error.
  const onError = (reason: string): void => {
    if (target !== 2) process.stderr.write(`mutual: ${reason}\n`);
  };
  const { write, ...rest } = createLineWriter({ target, delayMs: 0, onError });
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: errorFields },
    redact: { paths: [...redactPaths], censor: redacted },
  };
  const pretty = prettyLineFor(target, format);
  const print = pretty ?? escapeJsonLine;
  const writeLine = (line: string): void => write(print(line));
  const relay = (lines: string): void => {
    if (pretty === undefined) write(lines);
    else
      for (const line of lines.trimEnd().split('\n')) write(line.startsWith('{"level"') ? pretty(line) : `${line}\n`);
  };
  return { ...rest, logger: pino(options, { write: writeLine }), relay };
}

/** Undefined where lines stay JSON. */
function prettyLineFor(target: string | number, format: LogFormat): ((line: string) => string) | undefined {
  const isTerminal = typeof target === 'number' && isatty(target);
  if (format === 'json' || (format === 'auto' && !isTerminal)) return undefined;
  // By way of the prototype: another stream on this descriptor would make it non-blocking for whoever shares it.
  return createPrettyLine({ colour: isTerminal && WriteStream.prototype.hasColors() });
}

/** Our own errors say all in a sentence; of any other the stack is the only way to its cause. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof MutualError)) return error instanceof Error ? pino.stdSerializers.err(error) : error;
  const { code, message, cause } = error;
  return { code, message, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}
