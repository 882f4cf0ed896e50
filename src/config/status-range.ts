// Ranges of HTTP statuses as an operator writes them: text in, first and last status out, and back.

import { MutualError } from '../errors.ts';

/** Both ends belong to it. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What is logged where no status was sent, and the largest that three digits hold. */
const least = 0;
const most = 999;

/** `404`, `4xx`, `400-499`, `>=400`, `>399`, `<=399`, `<400`. Throws `config-invalid`. */
export function parseStatusRange(text: string): StatusRange {
  const range = rangeOf(text.trim());
  if (range === undefined) {
    throw new MutualError('config-invalid', `"${text}" is no status: write 404, 4xx, 400-499, >=400 or <400`);
  }
  if (range.from > range.to) {
    throw new MutualError('config-invalid', `no status is in "${text}"`);
  }
  return range;
}

/** The text that parseStatusRange reads as this range. */
export function formatStatusRange({ from, to }: StatusRange): string {
  return from === to ? statusText(from) : `${statusText(from)}-${statusText(to)}`;
}

function rangeOf(text: string): StatusRange | undefined {
  const single = /^(\d{3})$/.exec(text)?.[1];
  if (single !== undefined) return { from: Number(single), to: Number(single) };
  const family = /^([1-5])xx$/i.exec(text)?.[1];
  if (family !== undefined) return { from: Number(family) * 100, to: Number(family) * 100 + 99 };
  const [, from, to] = /^(\d{3}) *- *(\d{3})$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) return { from: Number(from), to: Number(to) };
  const [, sign, bound] = /^(<=?|>=?) *(\d{3})$/.exec(text) ?? [];
  switch (sign) {
    case '>=':
      return { from: Number(bound), to: most };
    case '>':
      return { from: Number(bound) + 1, to: most };
    case '<=':
      return { from: least, to: Number(bound) };
    case '<':
      return { from: least, to: Number(bound) - 1 };
    default:
      return undefined;
  }
}

function statusText(status: number): string {
  return String(status).padStart(3, '0');
}
