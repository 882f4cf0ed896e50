// What `set` does: a variable of the configuration takes a value, and a few of nginx's own act on what is set.

import type { Request } from '../request.ts';

export function assignVariable(request: Request, name: string, value: string): void {
  switch (name) {
    case 'args':
      request.args = value;
      request.validUnparsedUri = false;
      return;
    case 'limit_rate':
      request.limitRate = parseBytes(value) ?? request.limitRate;
      return;
    default:
      request.variables.set(name, value);
  }
}

/** `10`, `1k`, `1m`. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+)([kmg]?)$/i.exec(text);
  if (match === null) return undefined;
  const unit = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return Number(match[1]) * unit;
}
