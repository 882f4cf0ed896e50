// A request before anything is known of it but the connection: what can be answered even where nothing could be read.

import { newResponseHead, type Request, type Wire } from '../request.ts';
import type { ResponseSink } from '../response/response-sink.ts';
import type { ClientConnection } from './client-connection.ts';
import type { RequestBody } from './request-body.ts';

export interface RequestStart {
  readonly sink: ResponseSink<Request>;
  readonly body: RequestBody<Request>;
  readonly wire: Wire | undefined;
  readonly version: number;
  readonly protocol: string;
  readonly pipelined: boolean;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
}

export function newRequest(connection: ClientConnection<Request>, start: RequestStart): Request {
  const server = connection.tls?.server ?? connection.place.names.defaultServer;
  return {
    ...start,
    connection,
    ordinal: connection.requests,
    requestLine: '',
    method: '',
    unparsedUri: '',
    uri: '',
    args: '',
    exten: '',
    validUnparsedUri: true,
    validLocation: true,
    quotedUri: false,
    plusInUri: false,
    headers: [],
    host: '',
    contentLength: -1,
    chunked: false,
    headerBytes: 0,
    prereadBytes: 0,
    server,
    location: server.outside,
    out: newResponseHead(),
    variables: new Map(),
    captures: [],
    internal: false,
    uriChanges: 11,
    uriChanged: false,
    errorPage: false,
    errStatus: 0,
    refusal: undefined,
    keepalive: false,
    connectionWish: undefined,
    lingering: false,
    headerOnly: false,
    bodyOffset: 0,
    headerSent: false,
    chunkedResponse: false,
    allowRanges: false,
    singleRange: false,
    expectTested: false,
    limitRate: undefined,
    limitRateAfter: undefined,
    limitRequestStatus: '',
    limitConnectionStatus: '',
    limitRequestDone: false,
    limitConnectionDone: false,
    realIpDone: false,
    remote: { ...connection.client },
    realRemote: { ...connection.client },
    upstreams: [],
    upstreamHeaders: [],
    upstreamTrailers: [],
    proxy: undefined,
    disableNotModified: false,
    cleanups: [],
    finished: false,
    id: '',
  };
}
