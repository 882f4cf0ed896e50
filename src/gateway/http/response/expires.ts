// `expires`: the Expires and Cache-Control headers it makes (ngx_http_headers_filter_module.c).

import type { Expires } from '../locations/location-conf.ts';
import { addHeader, type Request, responseHeader } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { printHttpDate } from './http-date.ts';

/** @param text its arguments: `30d`, `modified +1h`, `@12h`, `epoch`, `max`, `off`, `$variable` */
export function compileExpires(text: string, compiler: Compiler): Expires<Request> {
  const match = /^modified\s+(.*)$/.exec(text);
  return { modified: match !== null, value: compiler.value(match?.[1] ?? text) };
}

export function applyExpires({ modified, value }: Expires<Request>, request: Request): void {
  const written = value.of(request);
  const now = Math.floor(request.connection.engine.now() / 1000);
  if (written === '' || written === 'off') return;
  const fixed = constants[written];
  if (fixed !== undefined) {
    put(request, ...fixed);
    return;
  }
  const daily = written.startsWith('@');
  const negative = written.startsWith('-');
  const seconds = parseTime(written.replace(/^[@+-]/, ''));
  if (seconds === undefined) return;
  const { lastModified } = request.out;
  let at = now + (negative ? -seconds : seconds);
  let age = negative ? -seconds : seconds;
  if (daily) {
    const midnight = new Date(now * 1000);
    midnight.setHours(0, 0, 0, 0);
    at = midnight.getTime() / 1000 + seconds;
    if (at <= now) at += 86_400;
    age = at - now;
  } else if (modified && lastModified !== undefined) {
    at = lastModified + (negative ? -seconds : seconds);
    age = at - now;
  }
  put(request, printHttpDate(at), negative || age < 0 ? 'no-cache' : `max-age=${age}`);
}

const constants: Readonly<Record<string, readonly [expires: string, cacheControl: string]>> = {
  epoch: ['Thu, 01 Jan 1970 00:00:01 GMT', 'no-cache'],
  max: ['Thu, 31 Dec 2037 23:55:55 GMT', 'max-age=315360000'],
};

function put(request: Request, expires: string, cacheControl: string): void {
  const own = responseHeader(request, 'Expires');
  if (own === undefined) addHeader(request, 'Expires', expires);
  else own.value = expires;
  const { out } = request;
  out.headers = out.headers.filter(({ name }) => name.toLowerCase() !== 'cache-control');
  addHeader(request, 'Cache-Control', cacheControl);
}

const units: Readonly<Record<string, number>> = {
  y: 31_536_000,
  M: 2_592_000,
  w: 604_800,
  d: 86_400,
  h: 3600,
  m: 60,
  s: 1,
  '': 1,
};

/** Seconds of `1d 12h`, `30m`, `90`. */
function parseTime(text: string): number | undefined {
  // Without a way to read digits twice: the text may come with a request.
  if (!/^\d/.test(text) || !/^(?:\d+[yMwdhms]\s*)*(?:\d+\s*)?$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([yMwdhms]?)/g)) total += Number(count) * (units[unit ?? ''] ?? 1);
  return total;
}
