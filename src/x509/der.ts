// A strict reader of DER (X.690): bytes in, elements out. Every length is checked against what encloses it;
// indefinite and padded lengths, multi-byte tags and deep nesting are refused, so that no byte has two readings.

import { MutualError } from '../errors.ts';

/** Identifier octets that occur in certificates and lists. */
export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Tag of a context-specific primitive element, `[n] IMPLICIT`. */
export const primitive = (n: number): number => 0x80 | n;
/** Tag of a context-specific constructed element, `[n] EXPLICIT`. */
export const constructed = (n: number): number => 0xa0 | n;

const constructedBit = 0x20;
const maxDepth = 16;

/** @throws always: MutualError `certificate-invalid` */
export function refuseDer(reason: string): never {
  throw new MutualError('certificate-invalid', `not valid DER: ${reason}`);
}

/** One element: a view of its bytes, nothing is copied. */
export class DerElement {
  readonly tag: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #contentStart: number;
  readonly #end: number;
  readonly #depth: number;

  constructor(bytes: Buffer, start: number, contentStart: number, end: number, depth: number) {
    this.tag = bytes[start] ?? 0;
    this.#bytes = bytes;
    this.#start = start;
    this.#contentStart = contentStart;
    this.#end = end;
    this.#depth = depth;
  }

  /** Tag, length and content. */
  get encoded(): Buffer {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  get content(): Buffer {
    return this.#bytes.subarray(this.#contentStart, this.#end);
  }

  /** A reader of the elements inside. @throws MutualError `certificate-invalid` if this element holds none */
  children(): DerReader {
    if ((this.tag & constructedBit) === 0) refuseDer(`element ${hex(this.tag)} at ${this.#start} is not constructed`);
    if (this.#depth >= maxDepth) refuseDer(`nested deeper than ${maxDepth} levels`);
    return new DerReader(this.#bytes, this.#contentStart, this.#end, this.#depth + 1);
  }
}

/** Reads the elements of one level in order. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #depth: number;
  #position: number;

  constructor(bytes: Buffer, start = 0, end: number = bytes.length, depth = 0) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#depth = depth;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** Tag of the next element; undefined at the end. */
  get nextTag(): number | undefined {
    return this.atEnd ? undefined : this.#bytes[this.#position];
  }

  /** The next element, of this tag if one is given. @throws MutualError `certificate-invalid` */
  read(tag?: number): DerElement {
    const start = this.#position;
    const found = this.nextTag;
    if (found === undefined) refuseDer(`element missing at ${start}`);
    if (tag !== undefined && found !== tag) refuseDer(`${hex(tag)} expected at ${start}, ${hex(found)} found`);
    if ((found & 0x1f) === 0x1f) refuseDer(`multi-byte tag at ${start}`);
    const contentStart = this.#readLength(start + 1);
    const element = new DerElement(this.#bytes, start, contentStart, this.#position, this.#depth);
    return element;
  }

  /** The next element if it has this tag. */
  readOptional(tag: number): DerElement | undefined {
    return this.nextTag === tag ? this.read(tag) : undefined;
  }

  /** @throws MutualError `certificate-invalid` if anything is left on this level */
  expectEnd(): void {
    if (!this.atEnd) refuseDer(`unexpected bytes at ${this.#position}`);
  }

  /** Moves behind the element whose length octets start here; returns where its content starts. */
  #readLength(at: number): number {
    const first = at < this.#end ? this.#bytes[at] : undefined;
    if (first === undefined) refuseDer(`cut at ${at}`);
    let contentStart = at + 1;
    let length = first;
    if (first >= 0x80) {
      const octets = first & 0x7f;
      if (octets === 0 || octets > 4) refuseDer(`length form ${hex(first)} at ${at}`);
      if (contentStart + octets > this.#end) refuseDer(`cut at ${contentStart}`);
      length = this.#bytes.readUIntBE(contentStart, octets);
      contentStart += octets;
      if (length < 0x80 || (octets > 1 && length < 2 ** (8 * (octets - 1)))) refuseDer(`padded length at ${at}`);
    }
    if (length > this.#end - contentStart) refuseDer(`length at ${at} exceeds what encloses it`);
    this.#position = contentStart + length;
    return contentStart;
  }
}

/** The one element that fills these bytes. @throws MutualError `certificate-invalid` */
export function parseDer(bytes: Buffer, tag?: number): DerElement {
  const reader = new DerReader(bytes);
  const element = reader.read(tag);
  reader.expectEnd();
  return element;
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;
