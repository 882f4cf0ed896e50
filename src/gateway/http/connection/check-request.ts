// What is asked of a request when its head is whole, before any phase (ngx_http_request.c, ngx_http_process_request_header
// and ngx_http_process_request): one host, one length, a known coding, and a client certificate where one is demanded.

import type { ErrorCode } from '../../../errors.ts';
import type { LogLevel } from '../log/error-log.ts';
import { logError } from '../log/log-error.ts';
import { printField } from '../log/print-field.ts';
import type { HeaderField } from '../parse/header-line.ts';
import { headerOf, type Request } from '../request.ts';
import { certificateFault } from '../tls/certificate-fault.ts';
import { validateHost } from './validate-host.ts';

export interface Refusal {
  readonly status: number;
  readonly level: LogLevel;
  readonly text: string;
}

const refusal = (status: number, text: string, level: LogLevel = 'info'): Refusal => ({ status, level, text });

/** Headers that may come once. */
const unique: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'if-modified-since',
  'if-unmodified-since',
  'if-match',
  'if-none-match',
  'if-range',
  'range',
  'expect',
  'authorization',
  'transfer-encoding',
  'content-range',
  'content-type',
  'user-agent',
  'referer',
]);

/** A header as it comes; what it says of the connection and of the server is taken at once. */
export function takeHeader(request: Request, field: HeaderField): Refusal | undefined {
  const { lowerName, value } = field;
  if (unique.has(lowerName) && isRepeated(request, field)) {
    const first = request.headers.find((other) => other.lowerName === lowerName);
    if (lowerName === 'host') {
      return refusal(
        400,
        `client sent duplicate host header: "${field.name}: ${value}", previous value: "${first?.name}: ${first?.value}"`,
      );
    }
    return refusal(
      400,
      `client sent duplicate header line: "${printField(field)}", previous value: "${printField(first ?? field)}"`,
    );
  }
  request.headers.push(field);
  if (lowerName === 'connection') {
    const wish = value.toLowerCase();
    if (wish.includes('close')) request.connectionWish = 'close';
    else if (wish.includes('keep-alive')) request.connectionWish = 'keep-alive';
  } else if (lowerName === 'host') return takeHost(request, value);
  return undefined;
}

const lenient: ReadonlySet<string> = new Set(['content-type', 'user-agent', 'referer', 'range', 'content-range']);

function isRepeated(request: Request, { lowerName }: HeaderField): boolean {
  if (!request.headers.some((other) => other.lowerName === lowerName)) return false;
  // Of these the first counts, until a later version.
  return !lenient.has(lowerName) || request.connection.engine.since(23);
}

function takeHost(request: Request, value: string): Refusal | undefined {
  const host = validateHost(value);
  if (host === undefined) return refusal(400, 'client sent invalid host header');
  if (request.host !== '') return undefined;
  request.host = host;
  return chooseServer(request);
}

/** The server of the name that was asked for (ngx_http_set_virtual_server). */
export function chooseServer(request: Request): Refusal | undefined {
  const { connection } = request;
  const found = connection.place.names.find(request.host, request) ?? connection.place.names.defaultServer;
  const { tls } = connection;
  if (tls !== undefined && found !== tls.server && isMisdirected(found, tls.server, tls.chosenByName)) {
    return refusal(421, 'client attempted to request the server name different from the one that was negotiated');
  }
  request.server = found;
  request.location = found.outside;
  return undefined;
}

/**
 * Whether the handshake says nothing of the server that the request is for. nginx lets a client without a server name
 * go where it likes: verified by the CAs of one server, it would pass for a client of another.
 */
function isMisdirected(found: Request['server'], negotiated: Request['server'], chosenByName: boolean): boolean {
  if ((found.tls?.verify ?? 'off') === 'off') return false;
  if (chosenByName) return true;
  return (negotiated.tls?.verify ?? 'off') !== 'off' && negotiated.tls?.trust !== found.tls?.trust;
}

/** @returns the refusal, where the request cannot be served */
export function checkRequest(request: Request): Refusal | undefined {
  if (request.version > 1000 && request.host === '' && headerOf(request, 'host') === undefined) {
    return refusal(400, 'client sent HTTP/1.1 request without "Host" header');
  }
  if (request.host === '') {
    const refused = chooseServer(request);
    if (refused !== undefined) return refused;
  }
  const length = headerOf(request, 'content-length');
  if (length !== undefined) {
    if (!/^\d{1,16}$/.test(length)) return refusal(400, 'client sent invalid "Content-Length" header');
    request.contentLength = Number(length);
  }
  const coding = headerOf(request, 'transfer-encoding');
  if (coding !== undefined && request.version < 2000) {
    if (request.version < 1001) {
      return refusal(400, 'client sent HTTP/1.0 request with "Transfer-Encoding" header');
    }
    if (coding.toLowerCase() !== 'chunked') return refusal(501, `client sent unknown "Transfer-Encoding": "${coding}"`);
    if (length !== undefined) {
      return refusal(400, 'client sent "Content-Length" and "Transfer-Encoding" headers at the same time');
    }
    request.contentLength = -1;
    request.chunked = true;
  }
  if (request.method === 'TRACE') return refusal(405, 'client sent TRACE method');
  if (request.method === 'CONNECT') return refusal(405, 'client sent CONNECT method');
  return checkTls(request);
}

function checkTls(request: Request): Refusal | undefined {
  const { connection } = request;
  if (!connection.place.ssl) return undefined;
  if (connection.tls === undefined) return refusal(497, 'client sent plain HTTP request to HTTPS port');
  const fault = certificateFault(connection.tls, request.server.tls?.verify ?? 'off', connection.engine.now());
  return fault === undefined ? undefined : refusal(fault.status, fault.text);
}

/** Says why: in the log, and to whoever counts. */
export function logRefusal(
  request: Request,
  { status, level, text }: Refusal,
  reading = ' while reading client request headers',
): void {
  request.refusal ??= { code: codeOf(status), reason: text };
  logError(request, level, `${text}${reading}`);
}

/** The code of the program for one of nginx's statuses. */
function codeOf(status: number): ErrorCode {
  switch (status) {
    case 405:
      return 'method-not-allowed';
    case 408:
      return 'request-timeout';
    case 413:
      return 'body-too-large';
    case 414:
    case 494:
      return 'head-too-large';
    case 421:
      return 'misdirected-request';
    case 495:
      return 'client-certificate-invalid';
    case 496:
      return 'client-certificate-missing';
    case 497:
      return 'plain-http-on-tls-port';
    case 501:
      return 'transfer-coding-unknown';
    case 505:
      return 'http-version-unsupported';
    default:
      return 'request-invalid';
  }
}
