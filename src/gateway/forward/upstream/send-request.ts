// Puts one HTTP/1.1 request on one open connection and hears what comes back: Node's own client does the parsing, on a
// connection of ours. Header fields go out exactly as listed; only the framing of the body is added here.

import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Duplex } from 'node:stream';
import { isFramingField } from '../headers/connection-headers.ts';
import type { Link } from './link.ts';

export interface WireRequest {
  readonly method: string;
  /** Origin-form, byte for byte (latin1). */
  readonly path: string;
  /** Name and value in turn. Fields that frame the body are left out. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
  /** Bytes of the body, where the client has said so. */
  readonly contentLength: number | undefined;
}

export interface WireEvents {
  /** The last byte of the request has been handed to the operating system. */
  onSent(): void;
  onInformational(status: number, rawHeaders: readonly string[]): void;
  onResponse(message: IncomingMessage): void;
  /** `head`: what followed the response at once. */
  onUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Errors up to the head of the response; later ones come from the message. */
  onError(error: Error): void;
  /** Request and response are over, and the connection can take another. */
  onFree(): void;
}

/** Bytes of a response head; nginx's `proxy_buffer_size` is far smaller, so nothing that works there is cut. */
const maxResponseHeadBytes = 65_536;

interface LinkRequestOptions extends RequestOptions {
  readonly link: Link;
}

/** Hands each request the connection it comes with. Pools nothing. */
class LinkAgent extends Agent {
  addRequest(request: ClientRequest, options: LinkRequestOptions): void {
    request.onSocket(options.link.socket);
  }
}

const agent = new LinkAgent({ keepAlive: true });

/** @throws where the method, the path or a field cannot stand in a request */
export function sendRequest(link: Link, wire: WireRequest, events: WireEvents): ClientRequest {
  const options: LinkRequestOptions = {
    agent,
    link,
    method: wire.method,
    path: wire.path,
    headers: framedHeaders(wire),
    setHost: false,
    insecureHTTPParser: false,
    maxHeaderSize: maxResponseHeadBytes,
  };
  const request = httpRequest(options);
  // Bounded by their size; a number would have Node leave out those that come after it.
  request.maxHeadersCount = 0;
  const onFree = (): void => events.onFree();
  link.socket.once('free', onFree);
  request.once('close', () => process.nextTick(() => link.socket.off('free', onFree)));
  request.once('finish', () => events.onSent());
  request.on('information', ({ statusCode, rawHeaders }) => events.onInformational(statusCode, rawHeaders));
  request.once('response', (message) => events.onResponse(message));
  request.once('upgrade', (message, socket, head) => events.onUpgrade(message, socket, head));
  request.on('error', (error) => events.onError(error));
  return request;
}

/** Methods for whose requests Node assumes no body (RFC 9110 section 9.3). */
const bodylessMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']);

function framedHeaders({ method, headers, hasBody, contentLength }: WireRequest): string[] {
  const framed: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    if (!isFramingField(name)) framed.push(name, headers[i + 1] as string);
  }
  return [...framed, ...framingOf(method, hasBody, contentLength)];
}

/** The field that says where the body ends, as name and value; nothing where none is needed. */
export function framingOf(method: string, hasBody: boolean, contentLength: number | undefined): readonly string[] {
  if (hasBody && contentLength === undefined) return chunkedFraming;
  if (contentLength !== undefined) return ['Content-Length', String(contentLength)];
  return bodylessMethods.has(method) ? noFraming : emptyFraming;
}

const noFraming: readonly string[] = [];
const emptyFraming = ['Content-Length', '0'];
const chunkedFraming = ['Transfer-Encoding', 'chunked'];
