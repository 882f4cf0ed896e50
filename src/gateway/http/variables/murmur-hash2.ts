// MurmurHash2, 32 bits, by Austin Appleby, as nginx has it (ngx_murmurhash.c).

export function murmurHash2(bytes: Buffer): number {
  let hash = bytes.length >>> 0;
  let at = 0;
  for (; bytes.length - at >= 4; at += 4) {
    let block = Math.imul(bytes.readUInt32LE(at), 0x5bd1e995);
    block ^= block >>> 24;
    hash = Math.imul(hash, 0x5bd1e995) ^ Math.imul(block, 0x5bd1e995);
  }
  const left = bytes.length - at;
  if (left > 2) hash ^= (bytes[at + 2] as number) << 16;
  if (left > 1) hash ^= (bytes[at + 1] as number) << 8;
  if (left > 0) hash = Math.imul(hash ^ (bytes[at] as number), 0x5bd1e995);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0x5bd1e995);
  return (hash ^ (hash >>> 15)) >>> 0;
}
