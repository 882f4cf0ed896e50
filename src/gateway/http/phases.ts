// The way of a request through nginx's phases (ngx_http_core_module.c): server rewrite, location, rewrite, preaccess,
// access, precontent, content; and round again where the URI changes, or a page for an error is looked for.

import type { ErrorCode } from '../../errors.ts';
import { decideAccess } from './access/access-phase.ts';
import { limitConnections } from './access/limit-connections.ts';
import { limitRequests } from './access/limit-requests.ts';
import { applyRealIp } from './access/real-ip.ts';
import { setContentType } from './content/content-type.ts';
import { serveFile } from './content/serve-file.ts';
import { tryFiles } from './content/try-files.ts';
import { findLocation } from './locations/find-location.ts';
import type { LocationConf } from './locations/location-conf.ts';
import { logError } from './log/log-error.ts';
import { outcome, type Request, setLocation, setUri } from './request.ts';
import type { Redirects } from './response/redirects.ts';
import { sendWhole } from './response/send.ts';
import { answerStatus } from './response/special-response.ts';
import type { Answer, StepResult } from './rewrite/step.ts';
import { runSteps } from './rewrite/steps.ts';

type Start = 'server' | 'location' | 'named';

/**
 * Takes a request to its end: a response has been sent, or the connection is to be closed.
 *
 * @param refused a status that the request is answered with, whatever it asks for
 */
export async function runRequest(request: Request, refused?: number): Promise<void> {
  let start: Start = 'server';
  const redirects: Redirects<Request> = {
    internal(_request, uri, args) {
      request.uriChanges -= 1;
      if (request.uriChanges <= 0) return cycle(request);
      setUri(request, uri);
      request.args = args ?? '';
      request.internal = true;
      request.validUnparsedUri = false;
      request.location = request.server.outside;
      start = 'server';
      return outcome.again;
    },
    named(_request, name) {
      request.uriChanges -= 1;
      if (request.uriChanges <= 0) return cycle(request);
      const conf = request.server.namedLocations.get(name);
      if (conf === undefined) {
        logError(request, 'error', `could not find named location "${name}"`);
        return 500;
      }
      request.internal = true;
      request.uriChanged = false;
      enter(request, conf);
      start = 'named';
      return outcome.again;
    },
  };
  if (refused === undefined) applyRealIp(request);
  let rc: number = refused ?? outcome.again;
  for (;;) {
    if (rc === outcome.again) rc = await runPhases(request, start, redirects);
    else if (rc === outcome.done) return;
    else if (rc === outcome.close || rc === 408 || rc === 499) {
      request.errStatus = rc;
      request.out.status = rc;
      request.keepalive = false;
      request.lingering = false;
      request.sink.abort();
      return;
    } else if (request.headerSent) {
      request.keepalive = false;
      request.sink.abort();
      return;
    } else rc = await answerStatus(request, rc, redirects);
  }
}

function cycle(request: Request): number {
  logError(request, 'error', `rewrite or internal redirection cycle while internally redirecting to "${request.uri}"`);
  // The page for this error is nginx's own: another would go round again.
  request.errorPage = true;
  return 500;
}

async function runPhases(request: Request, start: Start, redirects: Redirects<Request>): Promise<number> {
  if (start === 'server') {
    const rc = await settle(request, runSteps(request.server.steps, request));
    if (rc !== undefined) return rc;
  }
  let named = start === 'named';
  for (;;) {
    if (!named) {
      request.uriChanged = false;
      const rc = chooseLocation(request);
      if (rc !== undefined) return rc;
    }
    named = false;
    const rc = await settle(request, runSteps(request.location.steps, request));
    if (rc !== undefined) return rc;
    if (!request.uriChanged) break;
    request.uriChanges -= 1;
    if (request.uriChanges <= 0) {
      logError(request, 'error', `rewrite or internal redirection cycle while processing "${request.uri}"`);
      return 500;
    }
    request.location = request.server.outside;
  }
  applyRealIp(request);
  let rc = await limitRequests(request);
  if (rc !== outcome.declined) return refuse(request, 'too-many-requests', 'too many requests', rc);
  rc = limitConnections(request);
  if (rc !== outcome.declined) return refuse(request, 'too-many-connections', 'too many requests at once', rc);
  rc = await decideAccess(request);
  // Not 401: that a password is asked for is how every visit begins.
  if (rc === 403) return refuse(request, 'not-allowed', 'access forbidden by rule', rc);
  if (rc !== outcome.declined) return rc;
  const { location } = request;
  if (location.tryFiles !== undefined) {
    rc = await tryFiles(request, location.tryFiles, redirects);
    if (rc !== outcome.declined) return rc;
  }
  return (location.content ?? serveFile)(request, redirects);
}

/** For whoever counts; what is answered is as it was. */
function refuse(request: Request, code: ErrorCode, reason: string, rc: number): number {
  request.refusal ??= { code, reason };
  return rc;
}

/** What the steps have come to: undefined to go on. */
async function settle(request: Request, result: StepResult<Request>): Promise<number | undefined> {
  if (result === undefined || result === 'stop') return undefined;
  return answer(request, result);
}

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** `return`, and `rewrite` with a redirect (ngx_http_core_module.c, ngx_http_send_response). */
async function answer(request: Request, { status, text }: Answer<Request>): Promise<number> {
  if (status === 403) refuse(request, 'not-allowed', 'the configuration returns 403', status);
  if (text === undefined && (status >= 400 || status === outcome.close)) {
    return request.errStatus === 0 ? status : request.errStatus;
  }
  const { out } = request;
  out.status = status;
  if (redirectStatuses.has(status)) {
    setLocation(request, text?.of(request) ?? '');
    return status;
  }
  if (status === outcome.close) return status;
  request.body.invite(request);
  setContentType(request);
  request.allowRanges = false;
  return sendWhole(request, Buffer.from(text?.of(request) ?? '', 'latin1'));
}

function chooseLocation(request: Request): number | undefined {
  const found = findLocation(request, request.server.tree);
  const conf = found.kind === 'none' ? request.server.outside : found.conf;
  if (!request.internal && conf.internal) {
    enter(request, conf);
    return 404;
  }
  enter(request, conf);
  const { maxBodyBytes } = request.location;
  if (request.contentLength !== -1 && maxBodyBytes !== 0 && request.contentLength > maxBodyBytes) {
    logError(request, 'error', `client intended to send too large body: ${request.contentLength} bytes`);
    request.expectTested = true;
    return 413;
  }
  if (found.kind === 'redirect') {
    const target = `${escapeName(found.conf)}${request.args === '' ? '' : `?${request.args}`}`;
    setLocation(request, target);
    return 301;
  }
  return undefined;
}

function escapeName({ name }: LocationConf<Request>): string {
  return name.replace(/[\0-\x20"#%<>?\\^`{|}\x7f-\xff]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** Makes a location's settings those of the request (ngx_http_update_location_config). */
export function enter(request: Request, conf: LocationConf<Request>): void {
  const { limitExcept } = conf;
  request.location = limitExcept !== undefined && !limitExcept.methods.has(request.method) ? limitExcept.conf : conf;
  request.validLocation = true;
  if (request.keepalive && !mayKeepAlive(request)) request.keepalive = false;
}

function mayKeepAlive({ connection, location, method, headers }: Request): boolean {
  if (location.keepaliveTimeoutMs === 0 || connection.requests >= location.keepaliveRequests) return false;
  if (connection.engine.monotonic() - connection.startedMonotonicMs > location.keepaliveTimeMs) return false;
  if (method !== 'POST' && !location.keepaliveDisable.includes('safari')) return true;
  const agent = headers.find(({ lowerName }) => lowerName === 'user-agent')?.value ?? '';
  if (location.keepaliveDisable.includes('msie6') && method === 'POST' && /MSIE [56]\./.test(agent)) return false;
  return !(location.keepaliveDisable.includes('safari') && /Safari\//.test(agent) && /Mac OS X/.test(agent));
}
