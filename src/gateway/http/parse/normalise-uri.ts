// The path of a request target, decoded, with dot segments resolved and slashes merged (ngx_http_parse.c,
// ngx_http_parse_complex_uri). What leads above the root, NUL and malformed escapes are no path.

export interface NormalisedUri {
  /** Decoded path. */
  readonly uri: string;
  /** What stands behind `?`, without a fragment; undefined where there is none. */
  readonly args: string | undefined;
  /** The path held an escape. */
  readonly quoted: boolean;
  readonly plus: boolean;
  /** The path is the target's own text. */
  readonly simple: boolean;
}

const needsWork = /%|#|\/\/|\/\.|^\?/;

/** Undefined where the target is invalid. */
export function normaliseUri(target: string, mergeSlashes: boolean): NormalisedUri | undefined {
  const question = target.indexOf('?');
  const raw = question === -1 ? target : target.slice(0, question);
  const rest = question === -1 ? undefined : target.slice(question + 1);
  if (!needsWork.test(raw) && raw !== '' && rest?.includes('#') !== true) {
    return { uri: raw, args: rest, quoted: false, plus: raw.includes('+'), simple: true };
  }
  const hash = raw.indexOf('#');
  const path = hash === -1 ? raw : raw.slice(0, hash);
  const uri = decodePath(path === '' ? '/' : path, mergeSlashes);
  if (uri === undefined) return undefined;
  const args = hash === -1 ? rest?.replace(/#.*$/s, '') : undefined;
  return { uri, args, quoted: path.includes('%'), plus: path.includes('+') || /%2b/i.test(path), simple: uri === raw };
}

/** A character that came escaped, and is no more than itself: `%`, `#` and `?` end nothing. */
function decodePath(path: string, mergeSlashes: boolean): string | undefined {
  const decoded = decodeEscapes(path);
  if (decoded === undefined) return undefined;
  const merged = mergeSlashes ? decoded.replace(/\/{2,}/g, '/') : decoded;
  if (!/\/\.\.?(?:\/|$)/.test(merged)) return merged;
  const kept: string[] = [];
  const segments = merged.slice(1).split('/');
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment === '.') {
      if (last) kept.push('');
    } else if (segment === '..') {
      if (kept.length === 0) return undefined;
      kept.pop();
      if (last) kept.push('');
    } else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}

function decodeEscapes(path: string): string | undefined {
  if (!path.includes('%')) return path;
  if (/%(?![0-9a-f]{2})|%00/i.test(path)) return undefined;
  return path.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What a rewritten or internal URI may not hold (ngx_http_parse_unsafe_uri): a way up. */
export function isUnsafeUri(uri: string): boolean {
  return uri === '' || uri.startsWith('?') || /(^|\/)\.\.(?:\/|\?|#|$)/.test(uri) || uri.includes('\0');
}
