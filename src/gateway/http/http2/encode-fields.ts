// Fields in, a header block out, by HPACK (RFC 7541). Nothing is added to the client's table: what one response says can
// not be guessed from the length of another (CRIME).

import { type Field, fixedIndexOf } from './header-table.ts';
import { encodeHuffman } from './huffman.ts';

/** Names must be in lower case. @param resized the client has changed the size of its table: it is told that none is used */
export function encodeFields(fields: readonly Field[], resized: boolean): Buffer {
  const parts: Buffer[] = resized ? [Buffer.from([0x20])] : [];
  for (const { name, value } of fields) {
    const whole = fixedIndexOf(name, value);
    if (whole !== 0) {
      parts.push(integer(whole, 7, 0x80));
      continue;
    }
    const index = fixedIndexOf(name);
    parts.push(integer(index, 4, 0));
    if (index === 0) parts.push(text(name));
    parts.push(text(value));
  }
  return Buffer.concat(parts);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  const short = encodeHuffman(bytes);
  return short === undefined
    ? Buffer.concat([integer(bytes.length, 7, 0), bytes])
    : Buffer.concat([integer(short.length, 7, 0x80), short]);
}

function integer(value: number, prefix: number, flags: number): Buffer {
  const most = (1 << prefix) - 1;
  if (value < most) return Buffer.from([flags | value]);
  const bytes = [flags | most];
  let rest = value - most;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
