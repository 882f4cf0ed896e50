// An HTTP/2 client that writes frames by hand (RFC 9113, RFC 7541), so that it can send what no library would. Of what
// comes back it understands the framing and the status.

import type { ConnectionOptions } from 'node:tls';
import type { AfterHook } from './openssl.ts';
import { connectRaw } from './raw-client.ts';

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const frameFlags = { none: 0, ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export type Field = readonly [name: string, value: string];

/** What became of a request: its status, or how its stream or connection ended. */
export type Outcome =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'reset' | 'goaway'; readonly code: number }
  | { readonly kind: 'closed' };

export interface FrameClient {
  send(...frames: readonly Buffer[]): void;
  /** Everything received so far. */
  readonly frames: readonly Frame[];
  /** Resolves with the first frame, come already or to come, for which `wanted` holds; undefined once closed. */
  until(wanted: (frame: Frame) => boolean): Promise<Frame | undefined>;
  /** What becomes of the request on this stream. */
  outcome(stream: number): Promise<Outcome>;
  readonly closed: Promise<unknown>;
  readonly writable: boolean;
  /** Stops reading. */
  pause(): void;
  /** Bytes that have left this side's own buffer. */
  readonly bytesTaken: number;
  destroy(): void;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** The connection preface and an empty SETTINGS are sent. */
export async function connectFrames(t: AfterHook, port: number, options: ConnectionOptions): Promise<FrameClient> {
  const client = await connectRaw(t, { port }, { ...options, ALPNProtocols: ['h2'] });
  client.socket.write(Buffer.concat([preface, frame(frameTypes.settings, frameFlags.none, 0)]));
  const until = async (wanted: (frame: Frame) => boolean): Promise<Frame | undefined> => {
    const { promise, resolve } = Promise.withResolvers<Frame | undefined>();
    const look = (): void => {
      const found = parseFrames(client.received).find(wanted);
      if (found !== undefined) resolve(found);
    };
    client.socket.on('data', look);
    void client.closed.then(() => {
      look();
      resolve(undefined);
    });
    look();
    const found = await promise;
    client.socket.off('data', look);
    return found;
  };
  return {
    send: (...frames) => {
      if (client.socket.writable) client.socket.write(Buffer.concat(frames));
    },
    get frames() {
      return parseFrames(client.received);
    },
    until,
    async outcome(stream) {
      const found = await until(
        ({ type, stream: of }) =>
          type === frameTypes.goaway ||
          (of === stream && (type === frameTypes.headers || type === frameTypes.rstStream)),
      );
      if (found === undefined) return { kind: 'closed' };
      if (found.type === frameTypes.headers) return { kind: 'status', status: statusOf(found.payload) };
      return found.type === frameTypes.rstStream
        ? { kind: 'reset', code: found.payload.readUInt32BE(0) }
        : { kind: 'goaway', code: found.payload.readUInt32BE(4) };
    },
    closed: client.closed,
    get writable() {
      return client.socket.writable;
    },
    pause: () => void client.socket.pause(),
    get bytesTaken() {
      return client.socket.bytesWritten - client.socket.writableLength;
    },
    destroy: () => client.socket.destroy(),
  };
}

export function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** A HEADERS frame with these fields, complete, and by default the whole request. */
export function headersFrame(
  stream: number,
  fields: readonly Field[],
  flags: number = frameFlags.endHeaders | frameFlags.endStream,
): Buffer {
  return frame(frameTypes.headers, flags, stream, headerBlock(fields));
}

/** Literal fields without indexing and without Huffman coding (RFC 7541 section 6.2.2), byte for byte. */
export function headerBlock(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), literal(name), literal(value)]));
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length: number[] = [];
  if (bytes.length < 0x7f) length.push(bytes.length);
  else {
    length.push(0x7f);
    let rest = bytes.length - 0x7f;
    for (; rest >= 0x80; rest >>= 7) length.push((rest & 0x7f) | 0x80);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), bytes]);
}

function parseFrames(received: string): Frame[] {
  const bytes = Buffer.from(received, 'latin1');
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({ type: bytes[at + 3] ?? 0, flags: bytes[at + 4] ?? 0, stream: bytes.readUInt32BE(at + 5), payload });
    at += 9 + length;
  }
  return frames;
}

/** Statuses with an index of their own in the static table of HPACK, from 8 on (RFC 7541 appendix A). */
const indexed = [200, 204, 206, 304, 400, 404, 500];

/** The status is the first field of a response; written out it is three digits, each 5 or 6 bits in Huffman code. */
function statusOf(block: Buffer): number {
  let at = 0;
  while (((block[at] ?? 0) & 0xe0) === 0x20) at += 1; // dynamic table size updates
  const first = block[at] ?? 0;
  if (first & 0x80) return indexed[(first & 0x7f) - 8] ?? 0;
  const length = block[at + 1] ?? 0;
  const text = block.subarray(at + 2, at + 2 + (length & 0x7f));
  if ((length & 0x80) === 0) return Number(text.toString('latin1'));
  let bits = [...text].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let digits = '';
  while (digits.length < 3 && bits.length >= 5) {
    const five = Number.parseInt(bits.slice(0, 5), 2);
    // 0, 1 and 2 are 00000 to 00010; 3 to 9 are 011001 to 011111.
    const digit = five < 3 ? five : Number.parseInt(bits.slice(0, 6), 2) - 0b011001 + 3;
    digits += digit;
    bits = bits.slice(five < 3 ? 5 : 6);
  }
  return Number(digits);
}
