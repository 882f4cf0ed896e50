// Groups of key exchange by their numbers in TLS (IANA, TLS Supported Groups) and their names in OpenSSL, as
// `$ssl_curves` and `$ssl_curve` print them, and the one that a handshake has come to.

import type { HelloFacts } from './hello-facts.ts';

const names: ReadonlyMap<number, string> = new Map([
  [1, 'sect163k1'],
  [2, 'sect163r1'],
  [3, 'sect163r2'],
  [4, 'sect193r1'],
  [5, 'sect193r2'],
  [6, 'sect233k1'],
  [7, 'sect233r1'],
  [8, 'sect239k1'],
  [9, 'sect283k1'],
  [10, 'sect283r1'],
  [11, 'sect409k1'],
  [12, 'sect409r1'],
  [13, 'sect571k1'],
  [14, 'sect571r1'],
  [15, 'secp160k1'],
  [16, 'secp160r1'],
  [17, 'secp160r2'],
  [18, 'secp192k1'],
  [19, 'prime192v1'],
  [20, 'secp224k1'],
  [21, 'secp224r1'],
  [22, 'secp256k1'],
  [23, 'prime256v1'],
  [24, 'secp384r1'],
  [25, 'secp521r1'],
  [26, 'brainpoolP256r1'],
  [27, 'brainpoolP384r1'],
  [28, 'brainpoolP512r1'],
  [29, 'X25519'],
  [30, 'X448'],
  [256, 'ffdhe2048'],
  [257, 'ffdhe3072'],
  [258, 'ffdhe4096'],
  [259, 'ffdhe6144'],
  [260, 'ffdhe8192'],
]);

/** What OpenSSL calls otherwise in lists of groups. */
const aliases: Readonly<Record<string, string>> = {
  'p-256': 'prime256v1',
  secp256r1: 'prime256v1',
  'p-384': 'secp384r1',
  'p-521': 'secp521r1',
  x25519mlkem768: '0x11ec',
};

/** Those of a server that names none. */
const usual = ['0x11ec', 'x25519', 'prime256v1', 'x448', 'secp384r1', 'secp521r1', 'ffdhe2048', 'ffdhe3072'];

export function groupName(group: number): string {
  return names.get(group) ?? `0x${group.toString(16).padStart(4, '0')}`;
}

export function curvesOf({ groups }: HelloFacts): string {
  return groups.map(groupName).join(':');
}

/**
 * The group of the handshake, reckoned from what both sides offer: Node does not tell a server. With TLS 1.3 a group that
 * the client has sent a key for goes before others; else the client's order counts.
 *
 * @param setting nginx's `ssl_ecdh_curve`
 */
export function negotiatedGroup({ groups, keyShares }: HelloFacts, setting: string, isTls13: boolean): string {
  const served =
    setting === 'auto' ? usual : setting.split(':').map((name) => aliases[name.toLowerCase()] ?? name.toLowerCase());
  const isServed = (group: number): boolean => served.includes(groupName(group).toLowerCase());
  const found =
    (isTls13 ? groups.filter((group) => keyShares.includes(group)).find(isServed) : undefined) ?? groups.find(isServed);
  return found === undefined ? '' : groupName(found);
}
