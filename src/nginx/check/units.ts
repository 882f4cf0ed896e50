// Sizes and times as nginx reads them (src/core/ngx_parse.c): `8k`, `10m`, `1g`; `60`, `500ms`, `1d12h`, `1h 30m`.

/** Bytes; undefined where it is none. `g` counts for offsets alone. */
export function parseNginxSize(text: string, isOffset = false): number | undefined {
  const match = (isOffset ? /^(\d+)([kmg]?)$/i : /^(\d+)([km]?)$/i).exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) * ({ k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? '').toLowerCase()] ?? 1);
  return Number.isSafeInteger(value) ? value : undefined;
}

export function parseNginxNumber(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : undefined;
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

const unitSeconds = { y: 31_536_000, M: 2_592_000, w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;
/** Each unit at most once, and the larger before the smaller. */
const timePattern =
  /^(?:(\d+)y)?\s*(?:(\d+)M)?\s*(?:(\d+)w)?\s*(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m(?!s))?\s*(?:(\d+)s)?\s*(?:(\d+)ms)?\s*(\d+)?$/;

/** Milliseconds; undefined where it is none. Without a unit: seconds. */
export function parseNginxTime(text: string): number | undefined {
  const match = /\d/.test(text) ? timePattern.exec(text) : null;
  if (match === null) return undefined;
  const [, y, M, w, d, h, m, s, ms, bare] = match;
  if (bare !== undefined && (s !== undefined || ms !== undefined)) return undefined;
  const parts = { y, M, w, d, h, m, s: s ?? bare };
  let milliseconds = Number(ms ?? 0);
  for (const [unit, value] of Object.entries(parts)) {
    milliseconds += Number(value ?? 0) * unitSeconds[unit as keyof typeof unitSeconds] * 1000;
  }
  return Number.isSafeInteger(milliseconds) ? milliseconds : undefined;
}

/** Seconds; a time with `ms` is none. */
export function parseNginxSeconds(text: string): number | undefined {
  const value = /ms/.test(text) ? undefined : parseNginxTime(text);
  return value === undefined ? undefined : value / 1000;
}
