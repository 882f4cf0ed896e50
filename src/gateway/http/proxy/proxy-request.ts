// `proxy_pass`: the request goes to a server of the upstream, to the next one where that is allowed, and the response comes
// back (ngx_http_upstream.c, ngx_http_proxy_module.c).

import { BodyFault, type StoredBody } from '../connection/request-body.ts';
import { logError } from '../log/log-error.ts';
import type { Request } from '../request.ts';
import type { Redirects } from '../response/redirects.ts';
import { type Attempt, attempt, type Cancel } from './attempt.ts';
import { type Passage, upstreamUrl } from './passage.ts';
import type { PeerChoice } from './peers.ts';
import type { ProxyConf } from './proxy-conf.ts';
import { relayResponse } from './relay-response.ts';
import { resolveTarget } from './resolve-target.ts';
import type { UpstreamState } from './upstream-state.ts';

export async function proxyRequest(request: Request, conf: ProxyConf, redirects: Redirects<Request>): Promise<number> {
  const target = await resolveTarget(request, conf);
  if (typeof target === 'number') return target;
  const buffered =
    conf.requestBuffering || conf.body !== undefined || !conf.passBody || (request.chunked && !conf.http11);
  let stored: StoredBody | undefined;
  if (buffered || request.body.stored !== undefined) {
    try {
      stored = await request.body.store(request);
    } catch (error) {
      if (!(error instanceof BodyFault)) throw error;
      if (error.status !== 413) logError(request, 'info', error.message);
      return error.status;
    }
    if (request.chunked) request.contentLength = stored.length;
  } else {
    request.body.invite(request);
    stored = request.body.storeAvailable(request);
    if (stored !== undefined && request.chunked) request.contentLength = stored.length;
  }
  const ownBody = conf.body === undefined ? undefined : Buffer.from(conf.body.of(request), 'latin1');
  const unknown = request.chunked && stored === undefined;
  request.proxy = {
    host: target.host,
    port: target.port,
    bodyLength: ownBody?.length ?? (unknown ? -1 : request.contentLength),
    chunked: ownBody === undefined && unknown,
  };
  const cancel: Cancel = { status: undefined, close: () => {} };
  const forget = conf.ignoreClientAbort
    ? () => {}
    : request.sink.onGone(() => {
        cancel.status ??= 499;
        cancel.close();
      });
  try {
    return await tryServers({ request, conf, target, redirects, cancel, stored, ownBody });
  } finally {
    forget();
  }
}

async function tryServers(passage: Passage): Promise<number> {
  const { request, conf, target, cancel } = passage;
  const { monotonic } = request.connection.engine;
  const startedMs = monotonic();
  const number = (request.upstreams.at(-1)?.passage ?? 0) + 1;
  const choice = target.group.choose(request);
  if (conf.nextTries > 0 && choice.tries > conf.nextTries) choice.tries = conf.nextTries;
  let status = 502;
  for (;;) {
    const peer = choice.next();
    const state = newState(number, peer?.name ?? target.group.name);
    request.upstreams.push(state);
    if (peer === undefined) {
      state.status = 502;
      logError(
        request,
        'error',
        'no live upstreams while connecting to upstream',
        upstreamUrl(passage, target.group.name),
      );
      return status === 502 ? 502 : status;
    }
    const result = await attempt({ ...passage, peer, state });
    if (result.kind === 'client') {
      choice.free(peer, 'ok');
      if (result.status === 499) {
        state.status = 0;
        logError(
          request,
          'info',
          'client prematurely closed connection, so upstream connection is closed too',
          upstreamUrl(passage, peer.name),
        );
      }
      return result.status;
    }
    const elapsed = (): number => monotonic() - startedMs;
    if (result.kind === 'head') {
      const again = retryStatus(passage, result.head.status, choice, elapsed());
      if (again === undefined) {
        return relayResponse({ ...passage, peer, state, choice, startedMs, ...result });
      }
      result.connection.close();
      state.responseMs = elapsed();
      choice.free(peer, again === 'http_403' || again === 'http_404' ? 'next' : 'failed');
      continue;
    }
    status = result.failure === 'timeout' ? 504 : 502;
    state.status = status;
    logError(request, 'error', result.text, upstreamUrl(passage, peer.name));
    const disabled = choice.free(peer, 'failed');
    if (disabled) {
      logError(request, 'warn', 'upstream server temporarily disabled', upstreamUrl(passage, peer.name));
    }
    if (result.kept && result.failure === 'error') choice.tries += 1;
    if (cancel.status !== undefined) return cancel.status;
    if (!mayGoOn(passage, result, choice, elapsed())) return status;
  }
}

const bodied: ReadonlySet<string> = new Set(['POST', 'LOCK', 'PATCH']);

function mayGoOn(
  { request, conf, stored, ownBody }: Passage,
  { failure, sent }: Extract<Attempt, { kind: 'failed' }>,
  { tries }: PeerChoice,
  elapsedMs: number,
): boolean {
  if (tries <= 0 || !conf.nextOn.has(failure)) return false;
  if (sent && bodied.has(request.method) && !conf.nextOn.has('non_idempotent')) return false;
  const streamed = stored === undefined && ownBody === undefined && conf.passBody && !request.body.done;
  if (sent && streamed) return false;
  return conf.nextTimeoutMs === 0 || elapsedMs < conf.nextTimeoutMs;
}

/** Under what name a status sends the request to the next server; undefined where the response counts. */
function retryStatus(
  { request, conf, stored, ownBody }: Passage,
  status: number,
  choice: PeerChoice,
  elapsedMs: number,
): string | undefined {
  const name = `http_${status}`;
  if (!conf.nextOn.has(name)) return undefined;
  // The attempt at hand is still counted among the tries.
  if (choice.tries <= 1) return undefined;
  if (bodied.has(request.method) && !conf.nextOn.has('non_idempotent')) return undefined;
  if (stored === undefined && ownBody === undefined && conf.passBody && request.contentLength > 0) return undefined;
  return conf.nextTimeoutMs > 0 && elapsedMs >= conf.nextTimeoutMs ? undefined : name;
}

function newState(passage: number, peer: string): UpstreamState {
  return {
    passage,
    peer,
    status: 0,
    connectMs: undefined,
    headerMs: undefined,
    responseMs: undefined,
    responseLength: 0,
    bytesSent: 0,
    bytesReceived: 0,
  };
}
