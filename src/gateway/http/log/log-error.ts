// Lines of the error log that say what is known of the request, or of the connection (ngx_http_request.c,
// ngx_http_log_error_handler).

import type { ClientConnection } from '../connection/client-connection.ts';
import { headerOf, type Request } from '../request.ts';
import type { ErrorLog, LogLevel } from './error-log.ts';

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
  { client, id, place }: Pick<ClientConnection<Request>, 'client' | 'id' | 'place'>,
  log: ErrorLog,
  level: LogLevel,
  text: string,
): void {
  if (!log.enabled(level)) return;
  log.write(level, `${text}, client: ${client.address}, server: ${place.key}`, id);
}
