// Blocks of addresses: `10.0.0.0/8`, `::1` in, CIDR text out.

import { isIP } from 'node:net';
import { MutualError } from '../errors.ts';
import { canonicalIPv6 } from './listen-address.ts';

/** An address or a block as `address/length`; a single address gets its full length. Throws `config-invalid`. */
export function parseCidr(text: string): string {
  const [address = '', length, ...more] = text.split('/');
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || address.includes('%') || more.length > 0) {
    throw new MutualError('config-invalid', `"${text}" is not an address or block: write 10.0.0.1 or 10.0.0.0/8`);
  }
  if (length !== undefined && !(/^[0-9]{1,3}$/.test(length) && Number(length) <= longest)) {
    throw new MutualError('config-invalid', `"${text}" is not a block: the length goes from 0 to ${longest}`);
  }
  return `${family === 6 ? canonicalIPv6(address) : address}/${length === undefined ? longest : Number(length)}`;
}
