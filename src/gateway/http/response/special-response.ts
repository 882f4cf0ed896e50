// What is answered for a status: a page of the configuration, by way of an internal redirect, or nginx's own
// (ngx_http_special_response.c). `again` means that the phases have to begin anew.

import type { ErrorPage } from '../locations/location-conf.ts';
import { headerOf, outcome, type Request, removeHeader, responseHeader, setLocation } from '../request.ts';
import { builtInPage } from './built-in-pages.ts';
import { serverToken } from './head-lines.ts';
import type { Redirects } from './redirects.ts';
import { sendWhole } from './send.ts';

const endsConnection: ReadonlySet<number> = new Set([400, 413, 414, 494, 495, 496, 497, 500, 501]);
const noLingering: ReadonlySet<number> = new Set([400, 494, 495, 496, 497]);
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export async function answerStatus(request: Request, status: number, redirects: Redirects<Request>): Promise<number> {
  const { location, out } = request;
  request.errStatus = wireStatus(status);
  if (endsConnection.has(status)) request.keepalive = false;
  if (noLingering.has(status)) request.lingering = false;
  out.contentType = undefined;
  out.charset = '';
  if (!request.errorPage && location.errorPages !== undefined && request.uriChanges !== 0) {
    if (!location.recursiveErrorPages) request.errorPage = true;
    const page = location.errorPages.find(({ codes }) => codes.includes(status));
    if (page !== undefined) return sendErrorPage(request, page, redirects);
  }
  request.expectTested = true;
  return sendBuiltIn(request, status);
}

async function sendErrorPage(
  request: Request,
  page: ErrorPage<Request>,
  redirects: Redirects<Request>,
): Promise<number> {
  const { answer } = page;
  if (typeof answer === 'number' && answer !== 0 && answer !== 200) request.expectTested = true;
  if (answer === 'of-target') request.errStatus = 0;
  else if (answer !== undefined) request.errStatus = answer;
  const uri = page.to.of(request);
  if (uri.startsWith('/')) {
    if (request.method !== 'HEAD') request.method = 'GET';
    const question = uri.indexOf('?');
    return question === -1
      ? redirects.internal(request, uri, '')
      : redirects.internal(request, uri.slice(0, question), uri.slice(question + 1));
  }
  if (uri.startsWith('@')) return redirects.named(request, uri);
  request.expectTested = true;
  if (typeof answer !== 'number' || !redirectStatuses.has(answer)) request.errStatus = 302;
  setLocation(request, uri);
  return sendBuiltIn(request, request.errStatus);
}

/** 494 to 497 are nginx's own, and 400 on the wire. */
function wireStatus(status: number): number {
  return status >= 494 && status <= 497 ? 400 : status;
}

function sendBuiltIn(request: Request, status: number): Promise<number> {
  const { out, location } = request;
  request.errStatus = wireStatus(status);
  out.status = request.errStatus;
  out.lastModified = undefined;
  request.allowRanges = false;
  for (const name of ['ETag', 'Accept-Ranges']) {
    const header = responseHeader(request, name);
    if (header !== undefined) removeHeader(request, header);
  }
  const agent = headerOf(request, 'user-agent') ?? '';
  const padded = location.msiePadding && request.version >= 1000 && needsPadding(agent);
  const page = builtInPage(status, serverToken(request), padded);
  if (page !== undefined) out.contentType = 'text/html';
  return sendWhole(request, Buffer.from(page ?? '', 'latin1')).then((rc) => (rc === outcome.done ? rc : outcome.done));
}

/** Old browsers showed a page of their own in place of a short one. */
function needsPadding(agent: string): boolean {
  if (/MSIE /.test(agent) && !/Opera/.test(agent)) return true;
  return /Chrome\//.test(agent) && !/Gecko\//.test(agent);
}
