// The values of options that are more than words: days, periods, lists and secrets. Text in, checked values out.

import { readBytes } from '../../ca/authority.ts';
import { MutualError } from '../../errors.ts';
import { type CaIo, readStdin } from './ca-io.ts';

const periodDays: Record<string, number> = { '': 1, h: 1 / 24, d: 1, w: 7, m: 30, y: 365 };

/**
 * A whole number of days.
 *
 * @throws MutualError `usage`
 */
export function parseDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new MutualError('usage', `"${text}" is not a whole number of days`);
}

/**
 * A period such as `30d`, `12h`, `4w`, or plain days.
 *
 * @returns days, which need not be whole.
 * @throws MutualError `usage`
 */
export function parsePeriod(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([hdwmy]?)$/.exec(text) ?? [];
  const days = periodDays[unit];
  if (count !== undefined && days !== undefined) return Number(count) * days;
  throw new MutualError('usage', `"${text}" is not a period: write 30d, 12h or 4w`);
}

/** For an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

/** Of the key of a client or server, where one is given. @throws MutualError as `readSecret` */
export async function keyPassphraseOf(
  { keyPassphraseFile }: { readonly keyPassphraseFile?: string },
  io: CaIo,
): Promise<{ keyPassphrase?: string }> {
  return keyPassphraseFile === undefined ? {} : { keyPassphrase: await readSecret(keyPassphraseFile, io) };
}

/**
 * The first line of a file, or of standard input for `-`; the line's end is not part of a secret.
 *
 * @throws MutualError `file-unreadable`; `usage` if it is empty.
 */
export async function readSecret(path: string, io: CaIo): Promise<string> {
  const content = path === '-' ? await readStdin(io) : await readBytes(path);
  const [secret = ''] = content.toString().split(/\r?\n/);
  if (secret === '') throw new MutualError('usage', `${path === '-' ? 'standard input' : path} holds no passphrase`);
  return secret;
}
