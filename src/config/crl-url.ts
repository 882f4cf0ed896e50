// Where a revocation list is fetched from: the text of a file in, a URL in its canonical form out.

import { MutualError } from '../errors.ts';

/** What begins so is no file. */
export const isCrlUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** @throws MutualError `config-invalid` */
export function parseCrlUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !isCrlUrl(text)) {
    throw new MutualError('config-invalid', 'expected a URL that begins with http:// or https://');
  }
  // Logs and pages would show it.
  if (url.username !== '' || url.password !== '') {
    throw new MutualError('config-invalid', 'a URL of a revocation list cannot hold a password');
  }
  url.hash = '';
  return url.href;
}
