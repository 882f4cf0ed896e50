// The serial numbers of a revocation list, to be asked about: ranges of its bytes in, a yes or no out. Not a set of texts,
// for a hundred thousand of them take a quarter of a second to make and ten times the memory.

/** Serials in the form of `Certificate.serialNumber`. */
export interface SerialSet {
  readonly size: number;
  /** Costs a hash and a comparison, however many there are. */
  has(serial: string): boolean;
  values(): Iterable<string>;
}

export interface SerialSetBuilder {
  /** The bytes of one serial, without padding. */
  add(start: number, end: number): void;
  /** One below zero, which RFC 5280 section 4.1.2.2 forbids, and some have. */
  addNegative(serial: string): void;
  build(): SerialSet;
}

/** @param most how many will be added */
export function createSerialSetBuilder(bytes: Buffer, most: number): SerialSetBuilder {
  // Open addressing, at most half full. A slot holds the number of an entry, counted from 1.
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * most))));
  const mask = slots.length - 1;
  const starts = new Uint32Array(most);
  const ends = new Uint32Array(most);
  const negatives = new Set<string>();
  let count = 0;

  /** The slot of this serial, or the free one where it belongs. */
  function slotOf(wanted: Uint8Array, start: number, end: number): number {
    for (let slot = hashOf(wanted, start, end) & mask; ; slot = (slot + 1) & mask) {
      const entry = (slots[slot] as number) - 1;
      if (entry === -1 || isEqual(entry, wanted, start, end)) return slot;
    }
  }

  function isEqual(entry: number, wanted: Uint8Array, start: number, end: number): boolean {
    const from = starts[entry] as number;
    if ((ends[entry] as number) - from !== end - start) return false;
    for (let at = 0; at < end - start; at += 1) if (bytes[from + at] !== wanted[start + at]) return false;
    return true;
  }

  return {
    add(start, end) {
      const slot = slotOf(bytes, start, end);
      if (slots[slot] !== 0) return;
      starts[count] = start;
      ends[count] = end;
      count += 1;
      slots[slot] = count;
    },
    addNegative: (serial) => void negatives.add(serial),
    build: () => ({
      size: count + negatives.size,
      has(serial) {
        if (serial.startsWith('-')) return negatives.has(serial);
        const wanted = Buffer.from(serial, 'hex');
        if (wanted.length === 0 || wanted.length * 2 !== serial.length) return false;
        return slots[slotOf(wanted, 0, wanted.length)] !== 0;
      },
      *values() {
        for (let entry = 0; entry < count; entry += 1) {
          yield bytes.toString('hex', starts[entry], ends[entry]).toUpperCase();
        }
        yield* negatives;
      },
    }),
  };
}

/** FNV-1a. Whoever could choose serials that collide is the CA, which can refuse its clients in simpler ways. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
