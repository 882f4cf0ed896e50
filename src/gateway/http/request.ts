// One request on its way through the phases: what the client sent, what has become of it, and the response so far. Every
// phase reads and writes it, as nginx's ngx_http_request_t; texts are one character a byte.

import type { Duplex } from 'node:stream';
import type { SeenRefusal } from '../observe/traffic.ts';
import type { ClientConnection } from './connection/client-connection.ts';
import type { Inbound } from './connection/inbound.ts';
import type { RequestBody } from './connection/request-body.ts';
import type { LocationConf } from './locations/location-conf.ts';
import type { ServerConf } from './locations/server-conf.ts';
import type { HeaderField } from './parse/header-line.ts';
import type { UpstreamState } from './proxy/upstream-state.ts';
import type { ResponseSink } from './response/response-sink.ts';

/** What a phase has come to. Everything from 100 on is a status that has to be answered. */
export const outcome = {
  /** Nothing here: the next one is asked. */
  declined: -5,
  /** Done: a response has been sent. */
  done: 0,
  /** The phases begin again: the URI, or the location, has changed. */
  again: -2,
  /** The connection is to be closed without a word. */
  close: 444,
} as const;

export interface ResponseHeader {
  name: string;
  value: string;
}

/** Bytes of a body, the end not included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ResponseHead {
  status: number;
  /** `200 OK` as an upstream put it. */
  statusLine: string | undefined;
  /** One of `headers` takes the place of our own, or there shall be none. */
  foreignServer: boolean;
  foreignDate: boolean;
  contentType: string | undefined;
  charset: string;
  /** -1: unknown. */
  contentLength: number;
  /** Seconds since 1970. */
  lastModified: number | undefined;
  /** One of `headers` tells it, as an upstream put it. */
  lastModifiedInHeaders: boolean;
  /** One of `headers`: a path in it is made a URL when it is sent. */
  location: ResponseHeader | undefined;
  /** All others, in order; `ETag` among them. */
  headers: ResponseHeader[];
  trailers: ResponseHeader[];
  /** Whether the body can be sent in parts. */
  acceptRanges: boolean;
  /** The parts of the body that are sent, where it is not the whole. */
  ranges: readonly ByteRange[] | undefined;
  boundary: string;
  /** What the parts of a multipart response say of themselves. */
  part: { readonly type: string; readonly whole: number };
  /** Before a trailer can be sent the head must have said that the body is chunked. */
  expectTrailers: boolean;
}

/** The two directions of a connection. */
export interface Wire {
  readonly stream: Duplex;
  readonly inbound: Inbound;
}

/** What the variables of the proxy module tell. */
export interface ProxyFacts {
  readonly host: string;
  readonly port: string;
  /** -1: none is told. */
  readonly bodyLength: number;
  readonly chunked: boolean;
}

export interface Request {
  readonly connection: ClientConnection<Request>;
  readonly sink: ResponseSink<Request>;
  /** The connection's bytes, for a tunnel; undefined where it carries other requests, too. */
  readonly wire: Wire | undefined;
  /** On its connection, from 1. */
  readonly ordinal: number;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  /** As it came: `GET /a HTTP/1.1`. */
  requestLine: string;
  method: string;
  /** 9, 1000, 1001, 2000. */
  version: number;
  /** `HTTP/1.1`. */
  protocol: string;
  /** The target as it came. */
  unparsedUri: string;
  uri: string;
  args: string;
  /** Ending of the last segment of the URI. */
  exten: string;
  /** The client's own target still stands for the URI. */
  validUnparsedUri: boolean;
  /** Whether the location was chosen by the URI that stands now. */
  validLocation: boolean;
  /** Undecoded characters were in the target: captures are escaped in arguments. */
  quotedUri: boolean;
  plusInUri: boolean;
  headers: HeaderField[];
  /** The host asked for, checked: lower case, without port. Empty where none was. */
  host: string;
  contentLength: number;
  chunked: boolean;
  headerBytes: number;
  /** Bytes of the body that came in the buffer of the head. */
  prereadBytes: number;
  server: ServerConf<Request>;
  location: LocationConf<Request>;
  readonly body: RequestBody<Request>;
  readonly out: ResponseHead;
  readonly variables: Map<string, string | undefined>;
  captures: readonly (string | undefined)[];
  internal: boolean;
  uriChanges: number;
  uriChanged: boolean;
  /** A page for an error is on its way: no other is looked for, unless errors may follow errors. */
  errorPage: boolean;
  errStatus: number;
  /** Why the gateway would not serve it, for whoever counts. The first reason stays. */
  refusal: SeenRefusal | undefined;
  keepalive: boolean;
  /** The client asked for `close` or `keep-alive`. */
  connectionWish: 'close' | 'keep-alive' | undefined;
  lingering: boolean;
  headerOnly: boolean;
  /** How much of the body has come by, for ranges of one that is not a file. */
  bodyOffset: number;
  headerSent: boolean;
  chunkedResponse: boolean;
  allowRanges: boolean;
  singleRange: boolean;
  expectTested: boolean;
  limitRate: number | undefined;
  limitRateAfter: number | undefined;
  limitRequestStatus: string;
  limitConnectionStatus: string;
  limitRequestDone: boolean;
  limitConnectionDone: boolean;
  realIpDone: boolean;
  remote: { address: string; port: number };
  readonly realRemote: { address: string; port: number };
  upstreams: UpstreamState[];
  /** Headers of the upstream's response, and its trailers. */
  upstreamHeaders: readonly HeaderField[];
  upstreamTrailers: readonly HeaderField[];
  /** Of the passage to an upstream that is on its way, or was the last. */
  proxy: ProxyFacts | undefined;
  /** Conditional requests are for whoever made the response. */
  disableNotModified: boolean;
  /** What an upstream says of it by X-Accel-Expires and so on stays here. */
  readonly cleanups: (() => void)[];
  finished: boolean;
  /** For `$pipe`. */
  readonly pipelined: boolean;
  /** Empty until somebody asks for it. */
  id: string;
}

/** The first header of this name, in lower case. */
export function headerOf(request: Pick<Request, 'headers'>, lowerName: string): string | undefined {
  for (const field of request.headers) if (field.lowerName === lowerName) return field.value;
  return undefined;
}

/** All of them joined. */
export function headersOf(request: Pick<Request, 'headers'>, lowerName: string, separator = ', '): string | undefined {
  let joined: string | undefined;
  for (const { lowerName: name, value } of request.headers) {
    if (name !== lowerName) continue;
    joined = joined === undefined ? value : `${joined}${separator}${value}`;
  }
  return joined;
}

export function newResponseHead(): ResponseHead {
  return {
    status: 0,
    statusLine: undefined,
    foreignServer: false,
    foreignDate: false,
    contentType: undefined,
    charset: '',
    contentLength: -1,
    lastModified: undefined,
    lastModifiedInHeaders: false,
    location: undefined,
    headers: [],
    trailers: [],
    acceptRanges: false,
    ranges: undefined,
    boundary: '',
    part: { type: '', whole: 0 },
    expectTrailers: false,
  };
}

/** Adds a header to the response. */
export function addHeader(request: Request, name: string, value: string): ResponseHeader {
  const header = { name, value };
  request.out.headers.push(header);
  return header;
}

/** Sets where the response leads, in place of what was set. */
export function setLocation(request: Request, value: string): void {
  const { out } = request;
  if (out.location !== undefined) removeHeader(request, out.location);
  out.location = addHeader(request, 'Location', value);
}

export function removeHeader({ out }: Request, header: ResponseHeader): void {
  out.headers = out.headers.filter((one) => one !== header);
  if (out.location === header) out.location = undefined;
}

/** The first of this name among the headers of the response. */
export function responseHeader({ out }: Request, name: string): ResponseHeader | undefined {
  const lower = name.toLowerCase();
  return out.headers.find((header) => header.name.toLowerCase() === lower);
}

/** Sets the URI, and what is made of it. */
export function setUri(request: Request, uri: string): void {
  request.uri = uri;
  request.exten = /\.([^./]*)$/.exec(uri)?.[1] ?? '';
}
