// The first bytes of a connection come in; out comes the server name the client asks for, before any TLS
// library has seen a byte, so that the right trust can be chosen. Reads the ClientHello across any number of
// records and segments: a hello cut in two must never fall to the wrong trust. It decides nothing.

/** What the bytes read so far amount to. */
export type FirstBytes =
  /** Not enough to tell; read on. */
  | { readonly kind: 'incomplete' }
  /** A whole ClientHello. */
  | { readonly kind: 'client-hello'; readonly serverName: string | undefined }
  /** An HTTP request in the clear. */
  | { readonly kind: 'plain-http' }
  /** Neither; the TLS library will say what it thinks of it. */
  | { readonly kind: 'unknown' };

const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostName = 0;

/** No honest ClientHello comes near this: post-quantum key shares add 1.2 KB to some 500 bytes. */
export const maxClientHelloBytes = 16 * 1024;

class Truncated extends Error {}

/** Reads big-endian numbers and length-prefixed vectors (RFC 8446 §3); throws `Truncated` past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(size: 1 | 2 | 3): number {
    if (this.#at + size > this.#bytes.length) throw new Truncated();
    const value = this.#bytes.readUIntBE(this.#at, size);
    this.#at += size;
    return value;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new Truncated();
    const slice = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return slice;
  }

  vector(lengthSize: 1 | 2 | 3): Reader {
    return new Reader(this.take(this.number(lengthSize)));
  }
}

/** The handshake bytes of the leading handshake records, as far as they are here (RFC 8446 §5.1). */
function handshakeBytes(bytes: Buffer): Buffer | 'not-handshake' {
  const fragments: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length) {
    if (bytes[at] !== handshakeRecord || bytes[at + 1] !== 3) return 'not-handshake';
    const length = bytes.readUInt16BE(at + 3);
    fragments.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return fragments.length === 1 ? (fragments[0] as Buffer) : Buffer.concat(fragments);
}

function serverNameOf(hello: Reader): string | undefined {
  hello.take(2 + 32); // legacy_version, random
  hello.vector(1); // legacy_session_id
  hello.vector(2); // cipher_suites
  hello.vector(1); // legacy_compression_methods
  if (hello.done) return undefined;
  const extensions = hello.vector(2);
  while (!extensions.done) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (type !== serverNameExtension) continue;
    const names = data.vector(2);
    while (!names.done) {
      const nameType = names.number(1);
      const name = names.take(names.number(2));
      if (nameType === hostName) return normalizeServerName(name.toString('latin1'));
    }
  }
  return undefined;
}

/**
 * Lower case, without a trailing dot; undefined where the name is empty or not a DNS name in ASCII (a NUL in it
 * once made libraries see another name than the one that was checked).
 */
export function normalizeServerName(name: string): string | undefined {
  const lower = name.toLowerCase().replace(/\.$/, '');
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(lower) && lower.length <= 253 ? lower : undefined;
}

/** `bytes`: everything the client has sent so far, from the first byte on. */
export function parseFirstBytes(bytes: Buffer): FirstBytes {
  const first = bytes[0];
  if (first === undefined) return { kind: 'incomplete' };
  if (first !== handshakeRecord) {
    // Methods are upper-case letters; a lower-case one is plain text all the same.
    const letter = first & 0xdf;
    return { kind: letter >= 0x41 && letter <= 0x5a ? 'plain-http' : 'unknown' };
  }
  const handshake = handshakeBytes(bytes);
  if (handshake === 'not-handshake') return { kind: 'unknown' };
  if (handshake.length < 4) return stillReading(bytes);
  if (handshake[0] !== clientHello) return { kind: 'unknown' };
  const length = handshake.readUIntBE(1, 3);
  if (length > maxClientHelloBytes) return { kind: 'unknown' };
  if (handshake.length < 4 + length) return stillReading(bytes);
  try {
    return { kind: 'client-hello', serverName: serverNameOf(new Reader(handshake.subarray(4, 4 + length))) };
  } catch (error) {
    if (error instanceof Truncated) return { kind: 'unknown' };
    throw error;
  }
}

function stillReading(bytes: Buffer): FirstBytes {
  // Room for the record headers of a hello cut into single bytes would be six times its size; nobody does that.
  return { kind: bytes.length > 2 * maxClientHelloBytes ? 'unknown' : 'incomplete' };
}
