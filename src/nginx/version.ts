// Which nginx is stood in for: `1.28`, `1.31` or a whole version. Its minor version decides which directives there are
// and what they default to.

import { MutualError } from '../errors.ts';

export interface NginxVersion {
  /** `1.28.0`: what `nginx -v` and the Server header tell. */
  readonly text: string;
  /** 28 for 1.28. */
  readonly minor: number;
}

/** The newest of each branch whose behaviour is known. */
const latest: Readonly<Record<number, string>> = { 22: '1.22.1', 28: '1.28.0', 31: '1.31.4' };

export const defaultNginxVersion: NginxVersion = { text: '1.28.0', minor: 28 };

/** @param text `1.28` or `1.28.1` @throws MutualError `usage` */
export function parseNginxVersion(text: string): NginxVersion {
  const match = /^1\.(\d{1,2})(\.\d{1,2})?$/.exec(text);
  const minor = Number(match?.[1]);
  if (match === null || minor < 22 || minor > 31) {
    throw new MutualError(
      'usage',
      `"${text}" is no version of nginx that is known here: 1.22 to 1.31, 1.28 or 1.31 as a rule`,
    );
  }
  return { text: match[2] === undefined ? (latest[minor] ?? `1.${minor}.0`) : text, minor };
}
