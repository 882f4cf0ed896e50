// nginx's error log: a line for each event, with the time, the process and the connection (ngx_log.c).

import type { ByteWriter } from './byte-writer.ts';

export const logLevels = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ErrorLog {
  enabled(level: LogLevel): boolean;
  /** @param connection number of the connection, for lines that belong to one */
  write(level: LogLevel, text: string, connection?: number): void;
}

/** @param now Unix time in milliseconds */
export function createErrorLog(
  targets: readonly { readonly writer: ByteWriter; readonly level: LogLevel }[],
  now: () => number,
): ErrorLog {
  const least = Math.max(-1, ...targets.map(({ level }) => logLevels.indexOf(level)));
  return {
    enabled: (level) => logLevels.indexOf(level) <= least,
    write(level, text, connection) {
      const rank = logLevels.indexOf(level);
      if (rank > least) return;
      const of = connection === undefined ? '' : `*${connection} `;
      const line = `${printTime(now())} [${level}] ${process.pid}#${process.pid}: ${of}${escaped(text)}\n`;
      for (const target of targets) if (rank <= logLevels.indexOf(target.level)) target.writer.write(line);
    },
  };
}

/** What a client brings in decoded must not look like a line of its own; nginx writes it as it is. */
function escaped(text: string): string {
  return text.replace(
    /[\0-\x1f\x7f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

const two = (value: number): string => String(value).padStart(2, '0');

function printTime(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
