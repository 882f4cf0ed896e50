// One attempt at one server: a connection, kept or new, the request on it, and the head of what comes back
// (ngx_http_upstream.c). It decides nothing about other servers.

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { drained } from '../connection/drained.ts';
import type { Inbound } from '../connection/inbound.ts';
import { BodyFault, type StoredBody } from '../connection/request-body.ts';
import { logError } from '../log/log-error.ts';
import type { Request } from '../request.ts';
import { printProxyRequest } from './create-request.ts';
import type { Peer } from './peers.ts';
import type { ProxyConf, ProxyTarget } from './proxy-conf.ts';
import { parseUpstreamHead, type UpstreamHead } from './response-head.ts';
import { ConnectFault, openConnection, systemText, type UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamState } from './upstream-state.ts';

export type FailureKind = 'error' | 'timeout' | 'invalid_header';

export type Attempt =
  | {
      readonly kind: 'head';
      readonly connection: UpstreamConnection;
      readonly head: UpstreamHead;
      readonly sending: Sending;
    }
  | {
      readonly kind: 'failed';
      readonly failure: FailureKind;
      readonly text: string;
      readonly sent: boolean;
      /** It was a kept connection, which the other side may just have closed. */
      readonly kept: boolean;
    }
  /** The client is the reason: it has gone, or its body cannot be read. */
  | { readonly kind: 'client'; readonly status: number };

/** The request on its way to the server, which may answer before all of it is sent. */
export interface Sending {
  /** Nothing more is to be sent. */
  over: boolean;
  /** All of it has been given to the connection. */
  done: boolean;
}

/** Lets the client's going end an attempt. */
export interface Cancel {
  status: number | undefined;
  /** Closes what is open now. */
  close: () => void;
}

export interface AttemptOptions {
  readonly request: Request;
  readonly conf: ProxyConf;
  readonly target: ProxyTarget;
  readonly peer: Peer;
  readonly state: UpstreamState;
  readonly cancel: Cancel;
  /** The body where it is known whole; undefined where it is passed on as it comes. */
  readonly stored: StoredBody | undefined;
  /** In place of the body of the client. */
  readonly ownBody: Buffer | undefined;
}

export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { request, conf, target, peer, state, cancel } = options;
  const { monotonic } = request.connection.engine;
  const startedMs = monotonic();
  const key = `${peer.name} ${target.secure}`;
  let connection = target.group.pool.take(key);
  const kept = connection !== undefined;
  const gone = (): Attempt => ({ kind: 'client', status: cancel.status ?? 499 });
  try {
    connection ??= await openConnection(peer, {
      timeoutMs: conf.connectTimeoutMs,
      localAddress: bindAddress(request, conf),
      keepAlive: conf.socketKeepalive,
      tls: target.secure ? conf.tls.options(request, target.host, peer.name) : undefined,
    });
  } catch (error) {
    state.responseMs = monotonic() - startedMs;
    if (cancel.status !== undefined) return gone();
    if (!(error instanceof ConnectFault)) {
      // Nothing that another server would do better: a certificate of ours, most likely.
      logError(request, 'error', `cannot connect: ${error instanceof Error ? error.message : String(error)}`);
      return { kind: 'client', status: 500 };
    }
    const { timedOut } = error;
    const text = `${error instanceof Error ? error.message : String(error)} while connecting to upstream`;
    return { kind: 'failed', failure: timedOut ? 'timeout' : 'error', text, sent: false, kept };
  }
  state.connectMs = monotonic() - startedMs;
  const open = connection;
  open.requests += 1;
  if (cancel.status !== undefined) {
    // A client that has only said that it has no more to say has its request sent, and nobody for the answer.
    await sendRequest(options, open, { over: false }).catch(() => {});
    open.socket.destroySoon();
    return gone();
  }
  cancel.close = () => open.close();
  let broken: Error | undefined;
  open.socket.once('error', (error) => {
    broken = error;
  });
  const sending: Sending = { over: false, done: false };
  const sent = sendRequest(options, open, sending).then((whole) => {
    sending.done = whole;
  });
  const fail = (failure: FailureKind, text: string): Attempt => {
    sending.over = true;
    open.close();
    state.responseMs = monotonic() - startedMs;
    state.bytesSent = open.socket.bytesWritten;
    state.bytesReceived = open.socket.bytesRead;
    return { kind: 'failed', failure, text: `${text} while reading response header from upstream`, sent: true, kept };
  };
  const clientFault = sent.then(
    () => undefined,
    (error: unknown) => (error instanceof BodyFault ? error.status : undefined),
  );
  for (;;) {
    const parsed = parseUpstreamHead(open.inbound.buffer);
    if (parsed !== 'incomplete') {
      if ('fault' in parsed) return fail('invalid_header', parsed.fault);
      if (parsed.length > conf.bufferBytes) return fail('invalid_header', 'upstream sent too big header');
      open.inbound.consume(parsed.length);
      if (request.connection.engine.since(29) && isInterim(parsed)) {
        passHints(request, parsed);
        continue;
      }
      state.headerMs = monotonic() - startedMs;
      state.status = parsed.status;
      return { kind: 'head', connection: open, head: parsed, sending };
    }
    if (open.inbound.buffer.length >= conf.bufferBytes) return fail('invalid_header', 'upstream sent too big header');
    const what = await waitFor(open.inbound, conf.readTimeoutMs, clientFault);
    if (typeof what === 'number') {
      sending.over = true;
      open.close();
      return { kind: 'client', status: what };
    }
    if (cancel.status !== undefined) {
      open.close();
      state.responseMs = monotonic() - startedMs;
      return gone();
    }
    if (what === 'timeout') return fail('timeout', 'upstream timed out (110: Connection timed out)');
    if (what === 'end') {
      const why =
        broken === undefined ? 'upstream prematurely closed connection' : `recv() failed (${systemText(broken)})`;
      return fail('error', why);
    }
  }
}

function bindAddress(request: Request, { bind }: ProxyConf): string | undefined {
  const address = bind?.of(request).replace(/ transparent$/, '');
  return address === undefined || address === '' || address === 'off' ? undefined : address.replace(/:\d+$/, '');
}

/** Data, its end, a timeout; or the status of a fault in the client's body, which comes while we wait. */
async function waitFor(
  inbound: Inbound,
  timeoutMs: number,
  clientFault: Promise<number | undefined>,
): Promise<'data' | 'end' | 'timeout' | number> {
  const fault = clientFault.then((status) => status ?? new Promise<never>(() => {}));
  return Promise.race([inbound.more(timeoutMs), fault]);
}

function isInterim({ status }: UpstreamHead): boolean {
  return status === 100 || status === 102 || status === 103;
}

/** Early hints go on to the client; what else comes before the response is for us alone. */
function passHints(request: Request, { status, fields }: UpstreamHead): void {
  if (status === 103 && request.version >= 1001) {
    request.sink.interim(103, fields);
  }
}

/** @returns whether all of it was sent */
/** A server may answer, and be done, before it has seen a body that comes behind its head. */
const mostReadWhole = 1024 * 1024;

async function sendRequest(
  { request, conf, target, state, stored, ownBody }: AttemptOptions,
  { socket }: UpstreamConnection,
  sending: { readonly over: boolean },
): Promise<boolean> {
  const head = Buffer.from(printProxyRequest(request, conf, target), 'latin1');
  const put = async (bytes: Buffer): Promise<boolean> => {
    state.bytesSent += bytes.length;
    // Where the server does not take it, that shows in what comes back, or does not.
    if (!socket.write(bytes)) await drained(socket, conf.sendTimeoutMs).catch(() => {});
    return !socket.destroyed;
  };
  if (ownBody !== undefined) return put(Buffer.concat([head, ownBody]));
  if (!conf.passBody) return put(head);
  if (stored?.bytes !== undefined) return put(Buffer.concat([head, stored.bytes]));
  if (stored?.file !== undefined && stored.length <= mostReadWhole) {
    return put(Buffer.concat([head, await readFile(stored.file)]));
  }
  await put(head);
  if (stored?.file !== undefined) {
    for await (const chunk of createReadStream(stored.file)) {
      if (sending.over || socket.destroyed) return false;
      await put(chunk as Buffer);
    }
    return true;
  }
  for (;;) {
    const piece = await request.body.next(request);
    if (sending.over || socket.destroyed) return false;
    if (piece === undefined) break;
    if (!request.chunked) await put(piece);
    else await put(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')]));
  }
  if (request.chunked) await put(Buffer.from('0\r\n\r\n'));
  return true;
}
