// `expires`, `add_header` and `add_trailer`, once the status is known (ngx_http_headers_filter_module.c).

import { safeValue } from '../parse/without-line-ends.ts';
import { addHeader, type Request, removeHeader, responseHeader } from '../request.ts';
import { applyExpires } from './expires.ts';
import { parseHttpDate } from './http-date.ts';

/** Statuses of responses that are meant, and not of errors. */
const safe: ReadonlySet<number> = new Set([200, 201, 204, 206, 301, 302, 303, 304, 307, 308]);

export function addHeaders(request: Request): void {
  const { location, out } = request;
  const isSafe = safe.has(out.status);
  if (location.expires !== undefined && isSafe) applyExpires(location.expires, request);
  for (const { name, value, always } of location.addHeaders) {
    if (!isSafe && !always) continue;
    setHeader(request, name, value.of(request));
  }
  for (const { value, always } of location.addTrailers) {
    if (!isSafe && !always) continue;
    if (value.of(request) !== '' || value.constant === undefined) {
      out.expectTrailers = true;
      break;
    }
  }
}

function setHeader(request: Request, name: string, value: string): void {
  const { out } = request;
  switch (name.toLowerCase()) {
    case 'last-modified':
      out.headers = out.headers.filter((header) => header.name.toLowerCase() !== 'last-modified');
      out.lastModified = value === '' ? undefined : parseHttpDate(value);
      out.lastModifiedInHeaders = true;
      if (value !== '') addHeader(request, name, value);
      return;
    case 'etag': {
      const own = responseHeader(request, 'ETag');
      if (own !== undefined && value === '') removeHeader(request, own);
      else if (own !== undefined) own.value = value;
      else if (value !== '') addHeader(request, name, value);
      return;
    }
    default:
      if (value !== '') addHeader(request, name, value);
  }
}

/** The trailers, when the body has been sent. */
export function trailersOf(request: Request): { name: string; value: string }[] {
  const { location, out } = request;
  const isSafe = safe.has(out.status);
  const own = location.addTrailers
    .filter(({ always }) => isSafe || always)
    .map(({ name, value }) => ({ name, value: safeValue(value.of(request)) }));
  out.trailers.push(...own);
  return out.trailers.filter(({ value }) => value !== '');
}
