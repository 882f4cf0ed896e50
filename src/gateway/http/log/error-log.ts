// nginx's error log: a line for each event, with the time, the process, the connection and what is known of the request
// (ngx_log.c and ngx_http_request.c, ngx_http_log_error_handler).

import type { LineWriter } from '../../observe/line-writer.ts';
import type { ClientConnection } from '../connection/client-connection.ts';
import { headerOf, type Request } from '../request.ts';

export const logLevels = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface ErrorLog {
  enabled(level: LogLevel): boolean;
  /** @param connection number of the connection, for lines that belong to one */
  write(level: LogLevel, text: string, connection?: number): void;
}

/** @param now Unix time in milliseconds */
export function createErrorLog(
  targets: readonly { readonly writer: LineWriter; readonly level: LogLevel }[],
  now: () => number,
): ErrorLog {
  const least = Math.max(-1, ...targets.map(({ level }) => logLevels.indexOf(level)));
  return {
    enabled: (level) => logLevels.indexOf(level) <= least,
    write(level, text, connection) {
      const rank = logLevels.indexOf(level);
      if (rank > least) return;
      const of = connection === undefined ? '' : `*${connection} `;
      const line = `${printTime(now())} [${level}] ${process.pid}#${process.pid}: ${of}${text}\n`;
      for (const target of targets) if (rank <= logLevels.indexOf(target.level)) target.writer.write(line);
    },
  };
}

const two = (value: number): string => String(value).padStart(2, '0');

function printTime(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getFullYear()}/${two(date.getMonth() + 1)}/${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A line about a request. @param upstream the URL of the upstream that it concerns */
export function logError(request: Request, level: LogLevel, text: string, upstream?: string): void {
  const { errorLog } = request.location;
  if (!errorLog.enabled(level)) return;
  const host = headerOf(request, 'host');
  const referrer = headerOf(request, 'referer');
  const facts = [
    text,
    `client: ${request.remote.address}`,
    `server: ${request.server.name}`,
    ...(request.requestLine === '' ? [] : [`request: "${request.requestLine}"`]),
    ...(upstream === undefined ? [] : [`upstream: "${upstream}"`]),
    ...(host === undefined ? [] : [`host: "${host}"`]),
    ...(referrer === undefined ? [] : [`referrer: "${referrer}"`]),
  ];
  errorLog.write(level, facts.join(', '), request.connection.id);
}

/** A line about a connection that has no request. */
export function logConnection(
  { client, id, place }: Pick<ClientConnection, 'client' | 'id' | 'place'>,
  log: ErrorLog,
  level: LogLevel,
  text: string,
): void {
  if (!log.enabled(level)) return;
  log.write(level, `${text}, client: ${client.address}, server: ${place.key}`, id);
}
