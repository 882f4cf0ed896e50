// A path comes in as the client wrote it; every path goes out that a lenient program behind us might take it for.
// The list of habits is closed, and they are combined in every order until nothing new comes of it. Bytes are
// characters of latin1. Nothing is looked up here, and nothing is forwarded in any other form than it came in.

/** Why a path is refused whatever the routes are. */
export class Ambiguity {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Honest paths have under ten readings; more than this is somebody trying. */
const maxReadings = 64;

/** Of all readings together, so that a long path made of nothing but tricks costs a few milliseconds at most. */
const maxCharacters = 128 * 1024;

/** Programs behind programs: each may decode once. */
const maxDecodings = 2;

/**
 * All readings of a path, the first of them the path itself. They are closed under:
 * percent-decoding once and twice; decoding of everything but the separators (Apache's AllowEncodedSlashes NoDecode,
 * and `%2e` as a dot to WHATWG URL parsers); overlong UTF-8 (`%c0%af`); `\` as `/`; `;params` cut from every segment
 * (Java servlets); a decoded `?` or `#` as the end; `//host/` at the start as an authority (`new URL(path, base)`);
 * merged slashes; dot segments removed; decoded tabs, and control characters and spaces at the end, dropped (URL parsers).
 *
 * Refused outright: what is no path, `#` (RFC 9112 §3.2.1 knows no fragment), malformed escapes, NUL, CR and LF under
 * any decoding, and dot segments that climb above the root in any reading.
 */
export function readingsOf(path: string): readonly string[] | Ambiguity {
  if (!path.startsWith('/')) return new Ambiguity('the path does not begin with /');
  if (path.includes('#')) return new Ambiguity('there is a # in the path');
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return new Ambiguity('the path has a malformed percent escape');
  const readings = [path];
  const known = new Set(readings);
  let characters = 0;
  const add = (reading: string): void => {
    if (known.has(reading)) return;
    known.add(reading);
    readings.push(reading);
  };
  for (let decodings = 0, next = 0; ; decodings += 1) {
    for (; next < readings.length; next += 1) {
      const reading = readings[next] as string;
      characters += reading.length;
      if (readings.length > maxReadings || characters > maxCharacters) {
        return new Ambiguity('the path can be read in too many ways');
      }
      if (/[\0\r\n]/.test(reading)) return new Ambiguity('the path has a NUL or a line break, encoded');
      const resolved = removeDotSegments(reading);
      if (resolved === undefined) return new Ambiguity('dot segments of the path climb above the root');
      add(resolved);
      // To path.Clean of Go and path.normalize of Node `/a/.` is `/a`, to RFC 3986 it is `/a/`.
      if (resolved.length > 1 && resolved.endsWith('/') && !reading.endsWith('/')) add(resolved.slice(0, -1));
      for (const habit of habits) add(habit(reading));
    }
    if (decodings === maxDecodings) return readings;
    // The first reading of this round stands where the last round ended; what was decoded once is decoded again.
    for (const reading of readings.slice()) add(decode(reading));
    if (next === readings.length) return readings;
  }
}

/** Each changes nothing where it has nothing to do, and says so at the price of a search for one character. */
const habits: readonly ((path: string) => string)[] = [
  (path) => (path.includes('%') ? path.replaceAll(/%(?!25|2F|5C)[0-9A-Fa-f]{2}/gi, decodeOne) : path),
  (path) => (overlong.test(path) ? path.replaceAll(allOverlong, decodeOverlong) : path),
  (path) => (path.includes('\\') ? path.replaceAll('\\', '/') : path),
  (path) => (path.includes(';') ? path.replaceAll(/;[^/]*/g, '') : path),
  (path) => path.replace(/[?#].*/s, ''),
  (path) => (path.startsWith('//') ? path.replace(/^\/+[^/]*\/?/, '/') : path),
  (path) => (path.includes('//') ? path.replaceAll(/\/{2,}/g, '/') : path),
  (path) => (path.includes('\t') ? path.replaceAll('\t', '') : path),
  trimEnd,
];

/** Well-formed escapes alone: what `100%25` decodes to is decoded no further. */
function decode(path: string): string {
  return path.includes('%') ? path.replaceAll(/%[0-9A-Fa-f]{2}/g, decodeOne) : path;
}

function trimEnd(path: string): string {
  let end = path.length;
  while (path.charCodeAt(end - 1) <= 0x20) end -= 1;
  return path.slice(0, end);
}

const decodeOne = (triplet: string): string => String.fromCharCode(Number.parseInt(triplet.slice(1), 16));

/** ASCII written in more bytes than it takes (RFC 3629 §10). */
const overlong = /[\xc0\xc1][\x80-\xbf]|\xe0[\x80\x81][\x80-\xbf]|\xf0\x80[\x80\x81][\x80-\xbf]/;
const allOverlong = new RegExp(overlong, 'g');

function decodeOverlong(bytes: string): string {
  const [before = 0, last = 0] = [bytes.charCodeAt(bytes.length - 2), bytes.charCodeAt(bytes.length - 1)];
  return String.fromCharCode(((before & 1) << 6) | (last & 0x3f));
}

/** RFC 3986 §5.2.4, with an empty segment as a segment like any other; undefined where `..` would leave the root. */
function removeDotSegments(path: string): string | undefined {
  if (!path.includes('/.')) return path;
  const segments = path.split('/');
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    if (segment === '..') {
      // The first segment is the nothing before the first slash.
      if (kept.length <= 1) return undefined;
      kept.pop();
    } else if (segment !== '.') kept.push(segment);
    if (index === segments.length - 1 && (segment === '.' || segment === '..')) kept.push('');
  }
  return kept.join('/');
}
