// Conditional requests (ngx_http_not_modified_filter_module.c): 304, or 412.

import { headerOf, type Request, responseHeader } from '../request.ts';
import { parseHttpDate } from './http-date.ts';

/** The status that the conditions of the request turn a 200 into; 200 where they do not. */
export function decideConditional(request: Request): 200 | 304 | 412 {
  const { out } = request;
  if (out.status !== 200 || request.disableNotModified) return 200;
  const unmodifiedSince = headerOf(request, 'if-unmodified-since');
  if (unmodifiedSince !== undefined && out.lastModified !== undefined) {
    const since = parseHttpDate(unmodifiedSince);
    if (since !== undefined && out.lastModified > since) return 412;
  }
  const match = headerOf(request, 'if-match');
  if (match !== undefined && !matchesEtag(request, match, false)) return 412;
  const modifiedSince = headerOf(request, 'if-modified-since');
  const noneMatch = headerOf(request, 'if-none-match');
  if (modifiedSince === undefined && noneMatch === undefined) return 200;
  if (modifiedSince !== undefined && isModified(request, modifiedSince)) return 200;
  if (noneMatch !== undefined && !matchesEtag(request, noneMatch, true)) return 200;
  return 304;
}

function isModified({ out, location }: Request, text: string): boolean {
  if (out.lastModified === undefined || location.ifModifiedSince === 'off') return true;
  const since = parseHttpDate(text);
  if (since === out.lastModified) return false;
  return location.ifModifiedSince === 'exact' || since === undefined || since < out.lastModified;
}

function matchesEtag(request: Request, list: string, weak: boolean): boolean {
  if (list === '*') return true;
  const own = responseHeader(request, 'ETag')?.value;
  if (own === undefined) return false;
  const plain = (tag: string): string => (weak ? tag.replace(/^W\//, '') : tag);
  return list.split(',').some((tag) => plain(tag.trim()) === plain(own));
}
