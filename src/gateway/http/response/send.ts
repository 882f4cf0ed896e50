// Sends a response: the head goes through what nginx's header filters do, in their order, and the body follows. Nothing
// is sent twice, and no body where the head stands alone.

import { outcome, type Request, removeHeader, responseHeader } from '../request.ts';
import { addHeaders } from './add-headers.ts';
import { settleHead } from './head-lines.ts';
import { decideConditional } from './not-modified.ts';
import { decideRanges, multipartText } from './ranges.ts';

/** Only these get a character set. */
const charsetTypes: ReadonlySet<string> = new Set([
  'text/html',
  'text/xml',
  'text/plain',
  'text/vnd.wap.wml',
  'application/javascript',
  'application/rss+xml',
]);

/** A status where the response has to be another than the one at hand: it is for the caller to answer. */
export function sendHead(request: Request): number | undefined {
  if (request.headerSent) return undefined;
  const { out, location } = request;
  if (request.errStatus !== 0) {
    out.status = request.errStatus;
    out.statusLine = undefined;
  }
  const conditional = decideConditional(request);
  if (conditional === 412) {
    // The page for it is sent as if nothing had been found.
    out.ranges = undefined;
    return 412;
  }
  if (conditional === 304) {
    out.status = 304;
    out.statusLine = undefined;
    out.contentType = undefined;
    out.contentLength = -1;
    const accepted = responseHeader(request, 'Accept-Ranges');
    if (accepted !== undefined) removeHeader(request, accepted);
    out.headers = out.headers.filter(({ name }) => name.toLowerCase() !== 'content-encoding');
  }
  request.headerSent = true;
  addHeaders(request);
  applyCharset(request);
  const range = decideRanges(request, () => String(request.connection.engine.nextNumber()).padStart(20, '0'));
  if (range === 416) {
    request.headerSent = false;
    return 416;
  }
  const bodiless =
    out.status === 304 ||
    out.status === 204 ||
    out.status < 200 ||
    request.method === 'HEAD' ||
    request.version >= 2000;
  if (!bodiless && (out.contentLength === -1 || (out.expectTrailers && request.version >= 1001))) {
    if (request.version < 1001) request.keepalive = false;
    else if (location.chunkedTransferEncoding) {
      if (out.expectTrailers) out.contentLength = -1;
      request.chunkedResponse = true;
    } else if (out.contentLength === -1) request.keepalive = false;
  }
  settleHead(request);
  request.sink.begin(request);
  return undefined;
}

function applyCharset(request: Request): void {
  const { out, location } = request;
  const { charset } = location;
  if (charset === undefined || out.charset !== '' || out.contentType === undefined) return;
  const [type = ''] = out.contentType.split(';');
  if (!charsetTypes.has(type.trim()) || out.contentType.includes('charset=')) return;
  const name = charset.of(request);
  if (name !== 'off' && name !== '') out.charset = name;
}

/** A piece of the body, of which only what was asked for goes out. */
export function sendBody(request: Request, chunk: Buffer): Promise<void> | undefined {
  if (request.headerOnly || chunk.length === 0) return undefined;
  const { ranges } = request.out;
  const [range] = ranges ?? [];
  if (range === undefined) return request.sink.write(request, chunk);
  const from = request.bodyOffset;
  request.bodyOffset += chunk.length;
  const start = Math.max(range.start - from, 0);
  const end = Math.min(range.end - from, chunk.length);
  return start < end ? request.sink.write(request, chunk.subarray(start, end)) : undefined;
}

export function endBody(request: Request): Promise<void> | undefined {
  request.finished = true;
  return request.sink.end(request);
}

/** A whole response with this body. */
export async function sendWhole(request: Request, body: Buffer): Promise<number> {
  request.out.contentLength = body.length;
  const other = sendHead(request);
  if (other !== undefined) return other;
  const { ranges } = request.out;
  if (ranges !== undefined && ranges.length > 1 && !request.headerOnly) {
    for (const range of ranges) {
      await request.sink.write(request, Buffer.from(multipartText(request, range), 'latin1'));
      await request.sink.write(request, body.subarray(range.start, range.end));
    }
    await request.sink.write(request, Buffer.from(multipartText(request, undefined), 'latin1'));
  } else await sendBody(request, body);
  await endBody(request);
  return outcome.done;
}
