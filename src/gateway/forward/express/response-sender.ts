// Responses toward one client of the express lane: heads and bodies come in, bytes go out, as few writes of them as can be.
// What goes out is what Node's HTTP server would write for the same response.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { BodyReader } from '../../accept/http1/body-reader.ts';
import { isHeaderValue } from '../headers/header-value.ts';
import { planResponseHeaders, planTrailers } from '../headers/response-headers.ts';
import { informationalTexts } from '../informational.ts';
import type { LiveExchange } from '../live-exchange.ts';
import type { OwnResponse } from '../own-response.ts';
import type { ParsedResponseHead } from './response-head-parser.ts';
import type { ResponseFilter } from './response-lines.ts';

/** What the senders of a lane share. */
export interface SenderTools {
  readonly filter: ResponseFilter;
  readonly httpDate: (nowMs: number) => string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

/** How the connection goes on: `close` was decided here, `asked` by the client. */
export type Persistence = 'keep' | 'close' | 'asked';

/** Up to this many bytes of a body go out as text, in one write with the head. */
const oneTextBytes = 1024;

/** Up to this many bytes a head and what follows it are copied into one piece: cheaper than a second write. */
const onePieceBytes = 16_384;

/** What Node's write buffer holds may still be on its way when the response is over; more than this is waited for. */
const lastBytes = 16_384;

const lineEnd = Buffer.from('\r\n');

export class ResponseSender {
  readonly #stream: Socket;
  readonly #tools: SenderTools;
  readonly #onWritten: () => void;
  /** A head, and little of a body, that has not been written yet. */
  #head = '';
  readonly #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #wrapsInChunks = false;
  #isChunked = false;
  #empty = false;
  #isVolatile = false;

  /** @param onWritten told, now and then, when what was written has been taken; also where nobody waits for it */
  constructor(stream: Socket, tools: SenderTools, onWritten: () => void) {
    this.#stream = stream;
    this.#tools = tools;
    this.#onWritten = onWritten;
  }

  informational(status: number, rawHeaders: readonly string[]): void {
    const { headers } = planResponseHeaders(rawHeaders);
    let text = `HTTP/1.1 ${status} ${informationalTexts[status] ?? 'Informational'}\r\n`;
    for (let i = 0; i + 1 < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
    this.#stream.write(`${text}\r\n`, 'latin1');
  }

  /** The head waits for what comes with it, until `flush` or `end`. */
  begin(exchange: LiveExchange, from: ParsedResponseHead, persistence: Persistence, idleTimeoutMs: number): void {
    const { status, statusText } = from;
    const { filter, httpDate, now } = this.#tools;
    this.#empty = status === 204 || status === 304 || exchange.head.method === 'HEAD';
    const { text, hasDate, hasLength } = filter.linesOf(from.rawHeaders, status === 204);
    const lines = persistence === 'close' ? `${text}Connection: close\r\n` : text;
    this.#isChunked = !this.#empty && !hasLength;
    this.#wrapsInChunks = this.#isChunked && from.length === 'until-close';
    exchange.status = status;
    exchange.sentHeader(lines, persistence === 'close');
    this.#head = `HTTP/1.1 ${status} ${isHeaderValue(statusText) ? statusText : ''}\r\n${lines}${
      hasDate ? '' : `Date: ${httpDate(now())}\r\n`
    }${connectionLines(persistence, idleTimeoutMs)}${this.#isChunked ? 'Transfer-Encoding: chunked\r\n\r\n' : '\r\n'}`;
  }

  /** @param isVolatile the bytes will be overwritten after the next `flush` or `end` */
  add(bytes: Buffer, { spans, payload }: BodyReader, isVolatile: boolean): void {
    if (this.#empty) return;
    if (payload <= oneTextBytes && this.#pieces.length === 0 && this.#head.length < onePieceBytes) {
      this.#addText(bytes, spans, payload);
      return;
    }
    this.#isVolatile ||= isVolatile;
    if (this.#wrapsInChunks) this.#push(Buffer.from(`${payload.toString(16)}\r\n`));
    for (let i = 0; i + 1 < spans.length; i += 2) this.#push(bytes.subarray(spans[i], spans[i + 1]));
    if (this.#wrapsInChunks) this.#push(lineEnd);
  }

  /** Little enough to go out as one text with the head, which costs least of all. */
  #addText(bytes: Buffer, spans: readonly number[], payload: number): void {
    if (this.#wrapsInChunks) this.#head += `${payload.toString(16)}\r\n`;
    for (let i = 0; i + 1 < spans.length; i += 2) this.#head += bytes.toString('latin1', spans[i], spans[i + 1]);
    if (this.#wrapsInChunks) this.#head += '\r\n';
  }

  /** Writes what there is. @returns whether more may be written at once; else `onWritten` tells when */
  flush(): boolean {
    const stream = this.#stream;
    const head = this.#head;
    const pieces = this.#pieces;
    const bytes = this.#pieceBytes;
    if (head === '' && pieces.length === 0) return !stream.writableNeedDrain;
    let more: boolean;
    if (pieces.length === 0) more = stream.write(head, 'latin1');
    else if (head.length + bytes <= onePieceBytes) more = stream.write(joined(head, pieces, bytes));
    else more = this.#writePieces();
    this.#head = '';
    this.#pieceBytes = 0;
    pieces.length = 0;
    return more;
  }

  #writePieces(): boolean {
    const stream = this.#stream;
    const pieces = this.#pieces;
    const isVolatile = this.#isVolatile;
    this.#isVolatile = false;
    // TLS has made records of the bytes when `write` returns; else, and behind bytes that wait, they are needed longer.
    if (isVolatile && (!('encrypted' in stream) || stream.writableLength > 0)) {
      for (const [index, piece] of pieces.entries()) pieces[index] = Buffer.from(piece);
    }
    const last = pieces.length - 1;
    if (this.#head !== '' || last > 0) stream.cork();
    if (this.#head !== '') stream.write(this.#head, 'latin1');
    for (let i = 0; i < last; i += 1) stream.write(pieces[i] as Buffer);
    stream.write(pieces[last] as Buffer, this.#onWritten);
    if (stream.writableCorked > 0) stream.uncork();
    // One piece at a time, so that none of the next ones has to wait behind this one, and be copied.
    return isVolatile ? stream.writableLength === 0 : !stream.writableNeedDrain;
  }

  /** The response is complete. @returns whether little enough is on its way still to go on with the next one */
  end(body: BodyReader): boolean {
    if (this.#isChunked) {
      const end = `0\r\n${body.chunks === undefined ? '' : trailerLines(body.chunks.trailers)}\r\n`;
      if (this.#pieces.length === 0) this.#head += end;
      else this.#push(Buffer.from(end, 'latin1'));
    }
    this.flush();
    return this.isNearlyDone;
  }

  /** Whether little enough is on its way still for the response to count as sent. */
  get isNearlyDone(): boolean {
    return this.#stream.writableLength <= lastBytes;
  }

  /** A response of the gateway's own, whole. @returns as `end` does */
  sendOwn(
    exchange: LiveExchange,
    { status, headers, body }: OwnResponse,
    persistence: Persistence,
    idleMs: number,
  ): boolean {
    const { httpDate, now } = this.#tools;
    const bodyless = status === 204 || status === 304;
    const fields: Record<string, string[]> = {};
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      fields[key] = [...(fields[key] ?? []), value];
    }
    const bytes = Buffer.from(body, 'utf8');
    if (!bodyless) fields['content-length'] ??= [String(bytes.length)];
    if (persistence === 'close') fields.connection = ['close'];
    let lines = '';
    for (const [name, values] of Object.entries(fields)) for (const value of values) lines += `${name}: ${value}\r\n`;
    const sent = bodyless || exchange.head.method === 'HEAD' ? bytes.subarray(0, 0) : bytes;
    exchange.status = status;
    exchange.responseBodyBytes = sent.length;
    exchange.sentHeader(lines, persistence === 'close');
    this.#head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines}Date: ${httpDate(now())}\r\n${connectionLines(persistence, idleMs)}\r\n`;
    if (sent.length > 0) this.#push(sent);
    this.flush();
    return this.#stream.writableLength <= lastBytes;
  }

  #push(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }
}

function connectionLines(persistence: Persistence, idleTimeoutMs: number): string {
  if (persistence === 'close') return '';
  if (persistence === 'asked') return 'Connection: close\r\n';
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(idleTimeoutMs / 1000)}\r\n`;
}

function trailerLines(rawTrailers: readonly string[]): string {
  if (rawTrailers.length === 0) return '';
  const { headers } = planTrailers(rawTrailers);
  let lines = '';
  for (let i = 0; i + 1 < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return lines;
}

function joined(head: string, pieces: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.allocUnsafe(head.length + bytes);
  let at = whole.write(head, 0, 'latin1');
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
