// The response to a request that is not served: an error code in, a status, headers and a body out. The text is the
// public one of the code: no address, no certificate, no route, nothing that the client did not know before.

import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type ErrorKind, errorKinds } from '../../errors.ts';

export interface Refusal {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Empty in answer to HEAD, with the Content-Length that GET would have had. */
  readonly body: string;
}

export interface RefusalFacts {
  /** The client's Accept header. */
  readonly accept: string | undefined;
  readonly requestId: string;
  readonly method: string;
}

/** Everything but CONNECT and TRACE, which a gateway does not forward. */
const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** RFC 9457 problem+json, or a small page for who prefers text/html. */
export function renderRefusal(code: ErrorCode, { accept, requestId, method }: RefusalFacts): Refusal {
  const kind = errorKinds[code];
  const status = refusalStatus(code);
  const html = prefersHtml(accept);
  const title = STATUS_CODES[status] ?? 'Error';
  const body = html
    ? page(status, title, kind.publicText, requestId)
    : `${JSON.stringify({ title, status, detail: kind.publicText, code, requestId })}\n`;
  const headers: (readonly [string, string])[] = [
    ['Content-Type', html ? 'text/html; charset=utf-8' : 'application/problem+json'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Cache-Control', 'no-store'],
    ['X-Content-Type-Options', 'nosniff'],
  ];
  if (html) headers.push(['Content-Security-Policy', "default-src 'none'"]);
  if (status === 405) headers.push(['Allow', allowedMethods]);
  return { status, headers, body: method === 'HEAD' ? '' : body };
}

/** The status a client is sent: never 499, which is for logs, and 500 for a fault that no client should meet. */
export function refusalStatus(code: ErrorCode): number {
  const { status }: ErrorKind = errorKinds[code];
  if (status === undefined) return 500;
  return status === 499 ? 400 : status;
}

function page(status: number, title: string, text: string, requestId: string): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${status} ${escapeHtml(title)}</title></head>
<body>
<h1>${status} ${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}.</p>
<p>Request ${escapeHtml(requestId)}</p>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const htmlRanges = ['text/html', 'text/*', '*/*'];
const problemRanges = ['application/problem+json', 'application/json', 'application/*', '*/*'];

/** Whether text/html has the greater quality value (RFC 9110 section 12.5.1). A tie goes to JSON. */
export function prefersHtml(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const qualities = new Map<string, number>();
  for (const element of accept.toLowerCase().split(',')) {
    const [range = '', ...parameters] = element.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    if (/^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/.test(weight)) qualities.set(range, Number(weight));
  }
  // The most specific range that matches decides.
  const qualityOf = (ranges: readonly string[]): number => {
    const match = ranges.find((range) => qualities.has(range));
    return match === undefined ? 0 : (qualities.get(match) ?? 0);
  };
  return qualityOf(htmlRanges) > qualityOf(problemRanges);
}
