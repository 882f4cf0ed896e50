// The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: the lengths of its codes say all of it.

/** Of the 256 bytes, and of the end of a string. */
const lengths: readonly number[] = [
  '13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28',
  '6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10',
  '13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6',
  '15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28',
  '20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24',
  '22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23',
  '26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27',
  '20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26',
  '30',
].flatMap((line) => line.split(' ').map(Number));

const endOfString = 256;

interface Node {
  readonly next: (Node | number | undefined)[];
}

/** Shorter codes first, and among equals the smaller byte first. */
function assign(): number[] {
  const codes: number[] = [];
  let code = 0;
  for (let length = 1; length <= 30; length += 1) {
    for (const [symbol, own] of lengths.entries()) {
      if (own !== length) continue;
      codes[symbol] = code;
      code += 1;
    }
    code *= 2;
  }
  return codes;
}

const codes: readonly number[] = assign();
const root: Node = plant();

function plant(): Node {
  const top: Node = { next: [] };
  for (const [symbol, code] of codes.entries()) {
    let node = top;
    for (let bit = (lengths[symbol] as number) - 1; bit > 0; bit -= 1) {
      const side = (code >> bit) & 1;
      const child = node.next[side] ?? { next: [] };
      node.next[side] = child;
      node = child as Node;
    }
    node.next[code & 1] = symbol;
  }
  return top;
}

/** Undefined where the bytes are no such code, or are filled up with anything but ones. */
export function decodeHuffman(bytes: Buffer): string | undefined {
  const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
  let length = 0;
  let node = root;
  let pending = 0;
  let onlyOnes = true;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      const side = (byte >> bit) & 1;
      const next = node.next[side];
      pending += 1;
      if (side === 0) onlyOnes = false;
      if (next === undefined || next === endOfString) return undefined;
      if (typeof next === 'number') {
        out[length] = next;
        length += 1;
        node = root;
        pending = 0;
        onlyOnes = true;
      } else node = next;
    }
  }
  return pending > 7 || !onlyOnes ? undefined : out.toString('latin1', 0, length);
}

/** Undefined where the code would not be shorter than the bytes. */
export function encodeHuffman(bytes: Buffer): Buffer | undefined {
  let bits = 0;
  for (const byte of bytes) bits += lengths[byte] as number;
  const size = (bits + 7) >> 3;
  if (size >= bytes.length) return undefined;
  const out = Buffer.alloc(size, 0);
  let at = 0;
  let held = 0;
  let count = 0;
  for (const byte of bytes) {
    // At most 7 bits wait, and a code has at most 30: more than a number's 32 bits, so it goes in two halves.
    const length = lengths[byte] as number;
    const code = codes[byte] as number;
    for (const [part, size] of length > 16
      ? [[code >>> 16, length - 16] as const, [code & 0xffff, 16] as const]
      : [[code, length] as const]) {
      held = (held << size) | part;
      count += size;
      while (count >= 8) {
        count -= 8;
        out[at] = (held >>> count) & 0xff;
        at += 1;
      }
      held &= (1 << count) - 1;
    }
  }
  if (count > 0) out[at] = ((held << (8 - count)) | (0xff >>> count)) & 0xff;
  return out;
}
