// A header block in, its fields out, by HPACK (RFC 7541). Whatever the block says, no more is kept than the limits allow.

import { code } from './frames.ts';
import type { Field, HeaderTable } from './header-table.ts';
import { decodeHuffman } from './huffman.ts';

/** The block cannot be read: nothing on the connection can be any more. */
export class CompressionFault extends Error {
  readonly code: number;

  /** nginx has codes of its own for blocks that are cut, and for wrong Huffman codes. */
  constructor(message: string, errorCode: number = code.compression) {
    super(message);
    this.code = errorCode;
  }
}

/** A single field is longer than is allowed. */
export class FieldTooLong extends Error {}

/** @param told of each field in order @throws CompressionFault, FieldTooLong */
export function decodeFields(
  block: Buffer,
  table: HeaderTable,
  mostFieldBytes: number,
  told: (field: Field) => void,
): void {
  let at = 0;
  let fields = 0;
  const byte = (): number => {
    const value = block[at];
    if (value === undefined) throw new CompressionFault('the block is cut', code.frameSize);
    at += 1;
    return value;
  };
  /** RFC 7541 section 5.1. @param prefix bits of the first byte that belong to it */
  function integer(first: number, prefix: number): number {
    const most = (1 << prefix) - 1;
    let value = first & most;
    if (value < most) return value;
    for (let shift = 0; ; shift += 7) {
      // Four more bytes are 28 bits: nothing honest is larger.
      if (shift > 21) throw new CompressionFault('a number is too long');
      const next = byte();
      value += (next & 0x7f) << shift;
      if ((next & 0x80) === 0) return value;
    }
  }
  function text(): string {
    const first = byte();
    const length = integer(first, 7);
    if (length > mostFieldBytes) throw new FieldTooLong('a field is too long');
    if (at + length > block.length) throw new CompressionFault('the block is cut', code.frameSize);
    const bytes = block.subarray(at, at + length);
    at += length;
    const decoded = (first & 0x80) === 0 ? bytes.toString('latin1') : decodeHuffman(bytes);
    if (decoded === undefined) throw new CompressionFault('a Huffman code is wrong', code.protocol);
    return decoded;
  }
  function known(index: number): Field {
    const field = index === 0 ? undefined : table.at(index);
    if (field === undefined) throw new CompressionFault(`there is no field ${index}`);
    return field;
  }
  function literal(first: number, prefix: number): Field {
    const index = integer(first, prefix);
    const name = index === 0 ? text() : known(index).name;
    return { name, value: text() };
  }
  while (at < block.length) {
    const first = byte();
    if ((first & 0x80) !== 0) {
      told(known(integer(first, 7)));
    } else if ((first & 0x40) !== 0) {
      const field = literal(first, 6);
      table.add(field);
      told(field);
    } else if ((first & 0x20) !== 0) {
      // A change of the table's size comes before all fields.
      if (fields > 0 || !table.resize(integer(first, 5))) throw new CompressionFault('the table cannot be resized');
      continue;
    } else told(literal(first, 4));
    fields += 1;
  }
}
