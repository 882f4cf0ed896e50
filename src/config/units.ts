// Durations and sizes as an operator writes them: text in, milliseconds or bytes out, and back. Nothing is
// rounded: what cannot be said exactly is refused.

import { MutualError } from '../errors.ts';

const durationUnits = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const sizeUnits = [
  ['g', 1024 ** 3],
  ['m', 1024 ** 2],
  ['k', 1024],
] as const;

/** What a duration looks like, for a JSON Schema; parseDuration is the judge. */
export const durationPattern = '^([0-9]+|([0-9]+(ms|s|m|h|d))+)$';
/** What a size looks like, for a JSON Schema; parseSize is the judge. */
export const sizePattern = '^[0-9]+[kKmMgG]?$';

/**
 * Milliseconds of `10s`, `1m30s`, `500ms`, `1h`, `30d`; a bare number means seconds, as in nginx. Units go from
 * large to small, each at most once. Throws `config-invalid`.
 */
export function parseDuration(text: string): number {
  if (/^[0-9]+$/.test(text)) {
    return checkedNumber(Number(text) * 1000, text, 'duration');
  }
  const pieces = [...text.matchAll(/([0-9]+)(ms|s|m|h|d)/g)];
  if (pieces.length === 0 || pieces.map(([piece]) => piece).join('') !== text) {
    throw new MutualError('config-invalid', `"${text}" is not a duration: write 500ms, 10s, 5m, 1h, 30d or 1m30s`);
  }
  let total = 0;
  let smallest = -1;
  for (const [, count, unit] of pieces) {
    const rank = durationUnits.findIndex(([name]) => name === unit);
    const [, milliseconds] = durationUnits[rank] ?? [unit, Number.NaN];
    if (rank <= smallest) {
      throw new MutualError('config-invalid', `"${text}" is not a duration: units go from large to small, each once`);
    }
    smallest = rank;
    total += Number(count) * milliseconds;
  }
  return checkedNumber(total, text, 'duration');
}

/** The shortest text that parseDuration reads as these milliseconds: `1m30s`, `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  let text = '';
  for (const [unit, size] of durationUnits) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    text += count > 0 ? `${count}${unit}` : '';
  }
  return text === '' ? '0s' : text;
}

/** Bytes of `32k`, `1m`, `2g` (powers of 1024, as in nginx) or of a bare number. Throws `config-invalid`. */
export function parseSize(text: string): number {
  const match = /^([0-9]+)([kmg]?)$/i.exec(text);
  if (match === null) {
    throw new MutualError('config-invalid', `"${text}" is not a size: write bytes as a number, or 32k, 1m, 2g`);
  }
  const unit = match[2]?.toLowerCase();
  const [, factor] = sizeUnits.find(([name]) => name === unit) ?? ['', 1];
  return checkedNumber(Number(match[1]) * factor, text, 'size');
}

/** The shortest text that parseSize reads as these bytes: `32k`, `0`, `1000`. */
export function formatSize(bytes: number): string {
  const unit = sizeUnits.find(([, factor]) => bytes > 0 && bytes % factor === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}

function checkedNumber(value: number, text: string, what: string): number {
  if (!Number.isSafeInteger(value)) {
    throw new MutualError('config-invalid', `"${text}" is too large for a ${what}`);
  }
  return value;
}
