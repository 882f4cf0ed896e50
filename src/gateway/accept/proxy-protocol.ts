// Reads a PROXY protocol header, version 1 (text) or 2 (binary), from the first bytes of a connection
// (haproxy's doc/proxy-protocol.txt). Whether the sender may be believed is asked elsewhere.

import { isIP } from 'node:net';
import type { Endpoint } from './connection.ts';

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | {
      readonly kind: 'header';
      /** Bytes that belong to the header; the client's own begin after them. */
      readonly length: number;
      /** Undefined for LOCAL and UNKNOWN: the proxy speaks for itself, the socket's addresses stand. */
      readonly client: Endpoint | undefined;
      readonly destination: Endpoint | undefined;
      /** Type-length-value fields of version 2, as they came. */
      readonly fields?: Buffer;
    };

const signatureV2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const signatureV1 = Buffer.from('PROXY ', 'latin1');
/** The longest line that version 1 allows (§2.1). */
const maxLineBytes = 107;
/** Addresses take up to 216 bytes; the rest is type-length-value fields, of which no honest sender has more. */
const maxBlockBytes = 4096;

/** `bytes`: everything the connection has brought so far, from its first byte. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, signatureV2)) return bytes.length < 16 ? { kind: 'incomplete' } : parseV2(bytes);
  if (startsLike(bytes, signatureV1)) return parseV1(bytes);
  return { kind: 'invalid', reason: 'the connection does not begin with a PROXY protocol header' };
}

function startsLike(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.subarray(0, length).equals(signature.subarray(0, length));
}

function parseV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxLineBytes).indexOf('\r\n');
  if (end === -1) {
    return bytes.length < maxLineBytes
      ? { kind: 'incomplete' }
      : { kind: 'invalid', reason: 'the PROXY protocol line is too long' };
  }
  const [, family, source, destination, sourcePort, destinationPort, ...more] = bytes
    .toString('latin1', 0, end)
    .split(' ');
  if (family === 'UNKNOWN') return { kind: 'header', length: end + 2, client: undefined, destination: undefined };
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : undefined;
  const client = endpoint(version, source, sourcePort);
  const target = endpoint(version, destination, destinationPort);
  if (client === undefined || target === undefined || more.length > 0) {
    return { kind: 'invalid', reason: 'the PROXY protocol line is malformed' };
  }
  return { kind: 'header', length: end + 2, client, destination: target };
}

function endpoint(
  version: 4 | 6 | undefined,
  address: string | undefined,
  port: string | undefined,
): Endpoint | undefined {
  if (version === undefined || address === undefined || isIP(address) !== version) return undefined;
  if (port === undefined || !/^(0|[1-9]\d{0,4})$/.test(port) || Number(port) > 65535) return undefined;
  return { address, port: Number(port) };
}

function parseV2(bytes: Buffer): ProxyHeader {
  const command = bytes.readUInt8(12);
  const family = bytes.readUInt8(13);
  const blockLength = bytes.readUInt16BE(14);
  if (command >> 4 !== 2) return { kind: 'invalid', reason: 'the PROXY protocol version is unknown' };
  if (blockLength > maxBlockBytes) return { kind: 'invalid', reason: 'the PROXY protocol header is too long' };
  const length = 16 + blockLength;
  if (bytes.length < length) return { kind: 'incomplete' };
  const local: ProxyHeader = { kind: 'header', length, client: undefined, destination: undefined };
  if ((command & 0x0f) === 0) return local;
  if ((command & 0x0f) !== 1) return { kind: 'invalid', reason: 'the PROXY protocol command is unknown' };
  const addressBytes = family === 0x11 ? 4 : family === 0x21 ? 16 : undefined;
  if (addressBytes === undefined) return local; // UNSPEC, UNIX, datagrams: nothing that we could use
  if (blockLength < 2 * addressBytes + 4) return { kind: 'invalid', reason: 'the PROXY protocol addresses are cut' };
  const ports = 16 + 2 * addressBytes;
  return {
    kind: 'header',
    length,
    client: { address: printAddress(bytes.subarray(16, 16 + addressBytes)), port: bytes.readUInt16BE(ports) },
    destination: {
      address: printAddress(bytes.subarray(16 + addressBytes, ports)),
      port: bytes.readUInt16BE(ports + 2),
    },
    fields: bytes.subarray(ports + 4, length),
  };
}

function printAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  // The URL parser prints IPv6 in its canonical form (RFC 5952).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
