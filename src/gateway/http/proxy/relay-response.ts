// The response of an upstream on its way to the client: its head is changed as nginx changes it, its body passed on as it
// comes (ngx_http_upstream.c, ngx_http_upstream_process_headers).

import { logError } from '../log/log-error.ts';
import { outcome, type Request } from '../request.ts';
import { ClientGone } from '../response/response-sink.ts';
import { endBody, sendBody, sendHead } from '../response/send.ts';
import type { Cancel, Sending } from './attempt.ts';
import { copyHead, redirectedHead } from './copy-head.ts';
import { type Passage, upstreamUrl } from './passage.ts';
import type { Peer, PeerChoice } from './peers.ts';
import type { UpstreamHead } from './response-head.ts';
import { tunnel } from './tunnel.ts';
import { createUpstreamBody, type UpstreamBody, UpstreamBodyFault } from './upstream-body.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import type { UpstreamState } from './upstream-state.ts';

export interface Response extends Passage {
  readonly peer: Peer;
  readonly state: UpstreamState;
  readonly choice: PeerChoice;
  readonly startedMs: number;
  readonly connection: UpstreamConnection;
  readonly head: UpstreamHead;
  readonly cancel: Cancel;
  readonly sending: Sending;
}

export async function relayResponse(response: Response): Promise<number> {
  const { request, conf, head, connection } = response;
  request.upstreamHeaders = head.fields;
  const intercepted = interceptedStatus(response);
  if (intercepted !== undefined) {
    finish(response, undefined);
    return intercepted;
  }
  const redirect = fieldOf(head, 'x-accel-redirect');
  if (redirect !== undefined && !conf.ignored.has('x-accel-redirect')) {
    finish(response, undefined);
    return accelRedirect(response, redirect);
  }
  const framing = framingOf(response);
  if (typeof framing === 'string' && framing.startsWith('upstream')) return invalid(response, framing);
  const upgrade = head.status === 101 && request.headers.some(({ lowerName }) => lowerName === 'upgrade');
  const body = upgrade
    ? undefined
    : createUpstreamBody(connection.inbound, framing as number | 'chunked' | 'until-close');
  if (head.version === 9) {
    // A response without a head goes on as it is.
    request.version = 9;
    request.keepalive = false;
  }
  copyHead(request, conf, head, typeof framing === 'number' && declaresLength(head) ? contentLength(head) : undefined);
  request.disableNotModified = true;
  if (conf.forceRanges) {
    request.allowRanges = true;
    request.singleRange = true;
  }
  const other = sendHead(request);
  if (other !== undefined) {
    finish(response, undefined);
    return other;
  }
  if (body === undefined) {
    await tunnel(request, connection, conf.readTimeoutMs);
    finish(response, undefined);
    return outcome.done;
  }
  return passBody(response, body);
}

async function passBody(response: Response, body: UpstreamBody): Promise<number> {
  const { request, conf, state, cancel } = response;
  try {
    for (;;) {
      const piece = await body.next(conf.readTimeoutMs);
      if (piece === undefined) break;
      state.responseLength += piece.length;
      await sendBody(request, piece);
    }
  } catch (error) {
    finish(response, undefined);
    if (error instanceof ClientGone || cancel.status !== undefined) throw new ClientGone();
    if (!(error instanceof UpstreamBodyFault)) throw error;
    logError(request, 'error', `${error.message} while reading upstream`, upstreamUrl(response, response.peer.name));
    request.keepalive = false;
    request.sink.abort();
    return outcome.done;
  }
  request.upstreamTrailers = trailerFields(body);
  finish(response, body);
  await endBody(request);
  return outcome.done;
}

function trailerFields({ trailers }: UpstreamBody): Request['upstreamTrailers'] {
  return trailers.map((line) => {
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    return { name, lowerName: name.toLowerCase(), value: colon === -1 ? '' : line.slice(colon + 1).trim() };
  });
}

/** The attempt is over: its connection is kept or closed. */
function finish(response: Response, body: UpstreamBody | undefined): void {
  const { request, connection, state, peer, choice, startedMs, target, head, sending } = response;
  state.responseMs = request.connection.engine.monotonic() - startedMs;
  state.bytesSent = connection.socket.bytesWritten;
  state.bytesReceived = connection.socket.bytesRead;
  const closing = head.version < 1001 || /close/i.test(fieldOf(head, 'connection') ?? '');
  if (!sending.done) {
    // What is still to come of the request's body would be read as the next request, on either side.
    sending.over = true;
    request.keepalive = false;
  }
  if (body?.reusable === true && !closing && sending.done)
    target.group.pool.put(`${peer.name} ${target.secure}`, connection);
  else connection.close();
  choice.free(peer, 'ok');
}

function fieldOf({ fields }: UpstreamHead, lowerName: string): string | undefined {
  return fields.find((field) => field.lowerName === lowerName)?.value;
}

function declaresLength(head: UpstreamHead): boolean {
  return fieldOf(head, 'content-length') !== undefined && fieldOf(head, 'transfer-encoding') === undefined;
}

function contentLength(head: UpstreamHead): number | undefined {
  // The last one counts, where several are forgiven at all.
  const text = head.fields.findLast(({ lowerName }) => lowerName === 'content-length')?.value ?? '';
  return /^\d{1,16}$/.test(text) ? Number(text) : undefined;
}

/** How long the body is, or the words for what is wrong with the head. */
function framingOf({ request, conf, head }: Response): number | 'chunked' | 'until-close' | `upstream${string}` {
  const chunked = /^chunked$/i.test(fieldOf(head, 'transfer-encoding') ?? '');
  if (request.connection.engine.since(23)) {
    const coding = fieldOf(head, 'transfer-encoding');
    const lengths = head.fields.filter(({ lowerName }) => lowerName === 'content-length');
    if (lengths.length > 1) return 'upstream sent duplicate header line: "Content-Length"';
    if (lengths.length > 0 && contentLength(head) === undefined) return 'upstream sent invalid "Content-Length" header';
    if (coding !== undefined && lengths.length > 0) {
      return 'upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time';
    }
    if (coding !== undefined && !chunked) return `upstream sent unknown "Transfer-Encoding": "${coding}"`;
  }
  const method = conf.method?.of(request) ?? request.method;
  if (head.status === 204 || head.status === 304 || method === 'HEAD') return 0;
  if (chunked) return 'chunked';
  return contentLength(head) ?? 'until-close';
}

function invalid(response: Response, text: string): number {
  const { request, state, connection, peer, choice } = response;
  logError(request, 'error', `${text} while reading response header from upstream`, upstreamUrl(response, peer.name));
  state.status = 502;
  connection.close();
  choice.free(peer, 'failed');
  return 502;
}

/** `proxy_intercept_errors`: the status, where the configuration has a page for it. */
function interceptedStatus({ request, conf, head }: Response): number | undefined {
  if (!conf.interceptErrors || head.status < 300 || request.errorPage) return undefined;
  const pages = request.location.errorPages;
  if (pages?.some(({ codes }) => codes.includes(head.status)) !== true) return undefined;
  if (head.status === 401) {
    for (const { name, lowerName, value } of head.fields) {
      if (lowerName === 'www-authenticate') request.out.headers.push({ name, value });
    }
  }
  return head.status;
}

function accelRedirect({ request, redirects, head }: Response, target: string): number {
  redirectedHead(request, head);
  if (target.startsWith('@')) return redirects.named(request, target);
  if (request.method !== 'HEAD') request.method = 'GET';
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const uri = path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  if (!uri.startsWith('/') || /\/\.\.(?:\/|$)/.test(uri)) return 404;
  return redirects.internal(request, uri, question === -1 ? '' : target.slice(question + 1));
}
