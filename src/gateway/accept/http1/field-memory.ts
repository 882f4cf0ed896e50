// The field lines of the last request of a connection. Clients send the same ones with one request after the other; bytes
// that are equal mean the same, and need not be read again.

import type { Fields } from '../head-fields.ts';

/** What was read of them. Shared by all requests that have them; nobody changes it. */
export interface KnownFields {
  readonly rawHeaders: readonly string[];
  readonly fields: Fields;
  readonly close: boolean;
}

/** Bytes that are remembered for each connection, at the most. */
const mostBytes = 2048;

/** Of a client whose requests differ this often nothing more is expected. */
const mostMisses = 8;

export class FieldMemory {
  /** By which parser, since another one may have other limits. */
  #reader: object | undefined = undefined;
  #bytes: Buffer | undefined = undefined;
  #known: KnownFields | undefined = undefined;
  #misses = 0;

  /** How many bytes the remembered lines take, if they stand here to the last byte; else 0. */
  lengthAt(bytes: Buffer, at: number, reader: object): number {
    const known = this.#bytes;
    if (known === undefined || this.#reader !== reader || bytes.length - at < known.length) return 0;
    return known.compare(bytes, at, at + known.length) === 0 ? known.length : 0;
  }

  get known(): KnownFields {
    return this.#known as KnownFields;
  }

  /** Others have come. */
  remember(bytes: Buffer, from: number, end: number, known: KnownFields, reader: object): void {
    if (this.#misses >= mostMisses || end - from > mostBytes) return;
    this.#misses += 1;
    const isLast = this.#misses === mostMisses;
    this.#reader = reader;
    this.#bytes = isLast ? undefined : Buffer.from(bytes.subarray(from, end));
    this.#known = isLast ? undefined : known;
  }
}
