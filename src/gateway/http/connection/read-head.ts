// Reads the head of one HTTP/1 request from a connection: its line, then its headers, as nginx does it
// (ngx_http_request.c). What is wrong is told as a refusal; nothing is answered here.

import { logError } from '../log/log-error.ts';
import { printLine } from '../log/print-field.ts';
import { parseHeaderLine } from '../parse/header-line.ts';
import { normaliseUri } from '../parse/normalise-uri.ts';
import { mayBeginRequestLine, parseRequestLine } from '../parse/request-line.ts';
import { type Request, setUri } from '../request.ts';
import { chooseServer, type Refusal, takeHeader } from './check-request.ts';
import { headBuffers } from './head-buffers.ts';
import type { Inbound } from './inbound.ts';
import { validateHost } from './validate-host.ts';

export type HeadResult = 'whole' | 'closed' | 'timeout' | Refusal;

/** The parts of a request that its line decides, and that do not change after. */
export type MutableVersion = { version: number; protocol: string };

export async function readHead(
  request: Request & MutableVersion,
  inbound: Inbound,
  deadlineMs: number,
): Promise<HeadResult> {
  const { connection, server } = request;
  const buffers = headBuffers(server.headerBufferBytes, server.largeBuffers);
  const reader = lineReader(inbound, buffers, () => deadlineMs - connection.engine.monotonic());
  let line = await reader.next((text) => mayBeginRequestLine(text));
  // Empty lines before a request are passed over.
  while (line === '') line = await reader.next((text) => mayBeginRequestLine(text));
  if (line === invalid) return refusal(400, 'client sent invalid method');
  if (typeof line !== 'string') {
    if (line === tooLarge) return refusal(414, 'client sent too long URI');
    return line === closed ? 'closed' : 'timeout';
  }
  const fault = takeRequestLine(request, line);
  if (fault !== undefined) return fault;
  request.headerBytes = reader.taken;
  if (request.version < 1000) return 'whole';
  for (;;) {
    const text = await reader.next();
    if (typeof text !== 'string') {
      if (text === tooLarge) return refusal(494, 'client sent too long header line');
      return text === closed ? 'closed' : 'timeout';
    }
    if (text === '') break;
    const refused = takeLine(request, text);
    if (refused !== undefined) return refused;
    buffers.configure(request.server.largeBuffers);
  }
  request.headerBytes = reader.taken;
  return 'whole';
}

const refusal = (status: number, text: string): Refusal => ({ status, level: 'info', text });

function takeRequestLine(request: Request & MutableVersion, line: string): Refusal | undefined {
  const parsed = parseRequestLine(line);
  request.requestLine = line;
  if (parsed === 'version') return refusal(505, 'client sent invalid version');
  if (typeof parsed === 'string') {
    const what = parsed === 'method' ? 'method' : parsed === '0.9 method' ? 'method in HTTP/0.9 request' : 'request';
    return refusal(400, `client sent invalid ${what}`);
  }
  request.method = parsed.method;
  request.version = parsed.version;
  request.protocol = parsed.protocol;
  request.unparsedUri = parsed.target;
  if (!takeTarget(request, parsed.target)) return refusal(400, 'client sent invalid request');
  if (parsed.host === undefined) return undefined;
  const host = validateHost(parsed.host);
  if (host === undefined) return refusal(400, 'client sent invalid host in request line');
  request.host = host;
  return chooseServer(request);
}

/** False where the target is none. */
export function takeTarget(request: Request, target: string): boolean {
  const normalised = normaliseUri(target, request.server.mergeSlashes);
  if (normalised === undefined) return false;
  setUri(request, normalised.uri);
  request.args = normalised.args ?? '';
  request.quotedUri = normalised.quoted;
  request.plusInUri = normalised.plus;
  return true;
}

function takeLine(request: Request, text: string): Refusal | undefined {
  const { server } = request;
  const parsed = parseHeaderLine(text, server.underscoresInHeaders);
  if (parsed === 'malformed') return refusal(400, `client sent invalid header line: "${printLine(text)}"`);
  if (parsed.invalid && server.ignoreInvalidHeaders) {
    logError(
      request,
      'info',
      `client sent invalid header line: "${printLine(text)}" while reading client request headers`,
    );
    return undefined;
  }
  if (request.headers.length >= server.maxHeaders) return refusal(494, 'client sent too many header lines');
  const { name, lowerName, value } = parsed;
  return takeHeader(request, { name, lowerName, value });
}

const tooLarge = Symbol('too large');
const closed = Symbol('closed');
const timedOut = Symbol('timed out');
const invalid = Symbol('invalid');
type Line = string | typeof tooLarge | typeof closed | typeof timedOut | typeof invalid;

interface LineReader {
  /** Bytes taken so far. */
  readonly taken: number;
  /** The next line, without its end. @param mayBegin asked of a line whose end has not come */
  next(mayBegin?: (text: string) => boolean): Promise<Line>;
}

function lineReader(
  inbound: Inbound,
  buffers: { fits(start: number, end: number): boolean },
  leftMs: () => number,
): LineReader {
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    async next(mayBegin) {
      for (let from = 0; ; ) {
        const { buffer } = inbound;
        const end = buffer.indexOf(0x0a, from);
        const length = end === -1 ? buffer.length : end + 1;
        if (!buffers.fits(taken, taken + length)) return tooLarge;
        if (end !== -1) {
          const cut = end > 0 && buffer[end - 1] === 0x0d ? end - 1 : end;
          const text = buffer.toString('latin1', 0, cut);
          inbound.consume(length);
          taken += length;
          return text;
        }
        if (mayBegin?.(buffer.toString('latin1', 0, buffer.length)) === false) return invalid;
        from = buffer.length;
        const left = leftMs();
        if (left <= 0) return timedOut;
        const what = await inbound.more(left);
        if (what === 'end') return closed;
        if (what === 'timeout') return timedOut;
      }
    },
  };
}
