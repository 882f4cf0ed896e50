// Choices by a key: `ip_hash`, `hash` and `hash … consistent` (ngx_http_upstream_ip_hash_module.c and
// ngx_http_upstream_hash_module.c), and `random` (ngx_http_upstream_random_module.c).

import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { crc32 } from 'node:zlib';
import { binaryAddress } from '../access/binary-address.ts';
import { type Chooser, chooseRoundRobin, isUsable, type Peer } from './peers.ts';

/** After so many attempts to find one by its key, any will do. */
const maxRehashes = 20;

export function ipHashChooser(address: string): Chooser {
  // Of IPv4 the network of 24 bits, of IPv6 all of it.
  const bytes = [...Buffer.from(binaryAddress(address), 'latin1')];
  const octets = isIPv4(address) ? bytes.slice(0, 3) : bytes;
  let hash = 89;
  let rehash = 0;
  return (peers, tried, nowMs) => {
    const total = totalWeight(peers);
    for (; rehash < maxRehashes; rehash += 1) {
      for (const octet of octets) hash = (hash * 113 + octet) % 6271;
      const peer = peerAt(peers, hash % total);
      if (peer !== undefined && isUsable(peer, tried, nowMs)) return peer;
    }
    return chooseRoundRobin(peers, tried, nowMs);
  };
}

export function hashChooser(key: string): Chooser {
  let hash = 0;
  let rehash = 0;
  return (peers, tried, nowMs) => {
    if (key === '') return chooseRoundRobin(peers, tried, nowMs);
    const total = totalWeight(peers);
    for (; rehash <= maxRehashes; rehash += 1) {
      const text = rehash === 0 ? key : `${rehash}${key}`;
      const sum = crc32(Buffer.from(text, 'latin1'));
      hash = (hash + ((sum >>> 16) & 0x7fff)) >>> 0;
      const peer = peerAt(peers, hash % total);
      if (peer !== undefined && isUsable(peer, tried, nowMs)) {
        rehash += 1;
        return peer;
      }
    }
    return chooseRoundRobin(peers, tried, nowMs);
  };
}

function totalWeight(peers: readonly Peer[]): number {
  return peers.reduce((sum, { weight }) => sum + weight, 0);
}

function peerAt(peers: readonly Peer[], place: number): Peer | undefined {
  let left = place;
  for (const peer of peers) {
    if (left < peer.weight) return peer;
    left -= peer.weight;
  }
  return undefined;
}

interface Point {
  readonly hash: number;
  readonly server: string;
}

/** 160 points on the ring for each unit of weight, as Cache::Memcached::Fast places them. */
export function consistentRing(peers: readonly Peer[]): readonly Point[] {
  const points: Point[] = [];
  for (const peer of peers) {
    const [host = '', port = ''] = hostAndPort(peer.server);
    const base = Buffer.from(`${host}\0${port}`, 'latin1');
    let previous = Buffer.alloc(4);
    for (let i = 0; i < peer.weight * 160; i += 1) {
      const hash = crc32(Buffer.concat([base, previous])) >>> 0;
      points.push({ hash, server: peer.server });
      previous = Buffer.alloc(4);
      previous.writeUInt32LE(hash);
    }
  }
  points.sort((a, b) => a.hash - b.hash);
  return points.filter(({ hash }, index) => index === 0 || points[index - 1]?.hash !== hash);
}

function hostAndPort(server: string): [string, string] {
  if (server.startsWith('unix:')) return [server.slice(5), ''];
  const colon = server.lastIndexOf(':');
  return colon === -1 || server.endsWith(']') ? [server, ''] : [server.slice(0, colon), server.slice(colon + 1)];
}

export function consistentChooser(key: string, ring: readonly Point[]): Chooser {
  const hash = crc32(Buffer.from(key, 'latin1')) >>> 0;
  const found = ring.findIndex((point) => point.hash >= hash);
  let at = found === -1 ? 0 : found;
  let steps = 0;
  return (peers, tried, nowMs) => {
    for (; steps <= maxRehashes && ring.length > 0; steps += 1, at = (at + 1) % ring.length) {
      const server = ring[at]?.server;
      const candidates = peers.filter((peer) => peer.server === server);
      const peer = chooseRoundRobin(candidates, tried, nowMs);
      if (peer !== undefined) return peer;
    }
    return chooseRoundRobin(peers, tried, nowMs);
  };
}

/** @param two of two at random the one with fewer connections */
export function randomChooser(two: boolean): Chooser {
  const pick = (peers: readonly Peer[]): Peer | undefined => peerAt(peers, randomInt(Math.max(1, totalWeight(peers))));
  return (peers, tried, nowMs) => {
    for (let attempt = 0; attempt < maxRehashes; attempt += 1) {
      const one = pick(peers);
      if (one === undefined || !isUsable(one, tried, nowMs)) continue;
      if (!two) return one;
      const other = pick(peers);
      if (other === undefined || other === one || !isUsable(other, tried, nowMs)) continue;
      return one.connections * other.weight > other.connections * one.weight ? other : one;
    }
    return chooseRoundRobin(peers, tried, nowMs);
  };
}
