// Requests for parts of a body (ngx_http_range_filter_module.c): one part with Content-Range, several as
// multipart/byteranges, or 416.

import { addHeader, type ByteRange, headerOf, type Request, responseHeader } from '../request.ts';
import { parseHttpDate } from './http-date.ts';

/** Sets what is to be sent; 416 where none of it can be. */
export function decideRanges(request: Request, boundary: () => string): 416 | undefined {
  const { out, location } = request;
  if (request.version < 1000 || out.status !== 200 || out.contentLength === -1 || !request.allowRanges)
    return undefined;
  if (location.maxRanges === 0) return undefined;
  const range = headerOf(request, 'range');
  if (range === undefined || !/^bytes=/i.test(range) || range.length < 7 || !mayRange(request)) return accept(request);
  const ranges = parseRanges(range.slice(6), out.contentLength);
  if (ranges === 'invalid' || ranges === 'too many' || ranges.length > (request.singleRange ? 1 : location.maxRanges)) {
    if (ranges === 'invalid') return unsatisfiable(request);
    return accept(request);
  }
  if (ranges.length === 0) return unsatisfiable(request);
  const whole = out.contentLength;
  const size = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  if (size > whole) return accept(request);
  out.status = 206;
  out.statusLine = undefined;
  out.ranges = ranges;
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) {
    addHeader(request, 'Content-Range', `bytes ${only.start}-${only.end - 1}/${whole}`);
    out.contentLength = only.end - only.start;
    return undefined;
  }
  out.boundary = boundary();
  out.part = { type: partType(request), whole };
  out.contentLength = ranges.reduce(
    (sum, one) => sum + multipartText(request, one).length + one.end - one.start,
    multipartText(request, undefined).length,
  );
  out.contentType = `multipart/byteranges; boundary=${out.boundary}`;
  out.charset = '';
  return undefined;
}

function partType({ out }: Request): string {
  if (out.contentType === undefined || out.contentType === '') return '';
  return out.charset === '' ? out.contentType : `${out.contentType}; charset=${out.charset}`;
}

/** What stands before a part, and after the last. */
export function multipartText({ out }: Request, range: ByteRange | undefined): string {
  if (range === undefined) return `\r\n--${out.boundary}--\r\n`;
  const { type, whole } = out.part;
  const typeLine = type === '' ? '' : `\r\nContent-Type: ${type}`;
  return `\r\n--${out.boundary}${typeLine}\r\nContent-Range: bytes ${range.start}-${range.end - 1}/${whole}\r\n\r\n`;
}

function accept(request: Request): undefined {
  if (responseHeader(request, 'Accept-Ranges') === undefined) addHeader(request, 'Accept-Ranges', 'bytes');
  return undefined;
}

function unsatisfiable(request: Request): 416 {
  const { out } = request;
  addHeader(request, 'Content-Range', `bytes */${out.contentLength}`);
  return 416;
}

function mayRange(request: Request): boolean {
  const condition = headerOf(request, 'if-range');
  if (condition === undefined) return true;
  if (condition.endsWith('"')) return responseHeader(request, 'ETag')?.value === condition;
  const { lastModified } = request.out;
  return lastModified !== undefined && parseHttpDate(condition) === lastModified;
}

function parseRanges(text: string, length: number): ByteRange[] | 'invalid' | 'too many' {
  const ranges: ByteRange[] = [];
  for (const one of text.split(',')) {
    const match = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(one);
    if (match === null || (match[1] === '' && match[2] === '')) return 'invalid';
    const [, from = '', to = ''] = match;
    let start: number;
    let end: number;
    if (from === '') {
      start = Math.max(0, length - Number(to));
      end = length;
    } else {
      start = Number(from);
      end = to === '' ? length : Math.min(Number(to) + 1, length);
      if (to !== '' && Number(to) < start) return 'invalid';
    }
    if (start < end) ranges.push({ start, end });
  }
  return ranges;
}
