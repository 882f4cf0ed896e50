// Passwords of .htpasswd files: `{PLAIN}`, `{SHA}`, `{SSHA}`, `$apr1$` and `$1$` (ngx_crypt.c; crypt(3) of the C library),
// and `$5$` and `$6$` (Drepper, SHA-crypt). DES and bcrypt are not there: such a password never matches.

import { createHash, timingSafeEqual } from 'node:crypto';

/** As crypt(3) of libxcrypt: hashing takes time that grows with the square of the length. */
const longestPassword = 512;

export function verifyPassword(password: string, stored: string): boolean {
  if (password.length > longestPassword) return false;
  const [, scheme, rest = ''] = /^\{(\w+)\}(.*)$/s.exec(stored) ?? [];
  switch (scheme?.toUpperCase()) {
    case 'PLAIN':
      return same(password, rest);
    case 'SHA':
      return same(sha1(password).toString('base64'), rest);
    case 'SSHA': {
      const bytes = Buffer.from(rest, 'base64');
      const salted = sha1(password, bytes.subarray(20));
      return same(salted.toString('latin1'), bytes.subarray(0, 20).toString('latin1'));
    }
  }
  const [, kind = '', rounds, salt = ''] = /^\$(apr1|1|5|6)\$(?:rounds=(\d+)\$)?([^$]*)\$/.exec(stored) ?? [];
  if (kind === 'apr1' || kind === '1') return same(md5Crypt(password, salt.slice(0, 8), `$${kind}$`), stored);
  if (kind === '5' || kind === '6') return same(shaCrypt(password, salt.slice(0, 16), kind, rounds), stored);
  return false;
}

function same(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text, 'latin1').digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

function sha1(password: string, salt: Buffer = Buffer.alloc(0)): Buffer {
  return createHash('sha1').update(password, 'latin1').update(salt).digest();
}

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

function encode(value: number, length: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < length; i += 1) {
    text += alphabet[rest & 63];
    rest >>>= 6;
  }
  return text;
}

function md5Crypt(passwordText: string, saltText: string, magic: string): string {
  const password = Buffer.from(passwordText, 'latin1');
  const salt = Buffer.from(saltText, 'latin1');
  const md5 = (...parts: readonly Buffer[]): Buffer => {
    const digest = createHash('md5');
    for (const part of parts) digest.update(part);
    return digest.digest();
  };
  const alternate = md5(password, salt, password);
  const first: Buffer[] = [password, Buffer.from(magic), salt];
  for (let left = password.length; left > 0; left -= 16) first.push(alternate.subarray(0, Math.min(16, left)));
  for (let bits = password.length; bits > 0; bits >>= 1) {
    first.push(bits & 1 ? Buffer.from([0]) : password.subarray(0, 1));
  }
  let final = md5(...first);
  for (let round = 0; round < 1000; round += 1) {
    final = md5(
      round & 1 ? password : final,
      ...(round % 3 === 0 ? [] : [salt]),
      ...(round % 7 === 0 ? [] : [password]),
      round & 1 ? final : password,
    );
  }
  const at = (index: number): number => final[index] as number;
  let text = '';
  for (const [a, b, c] of [
    [0, 6, 12],
    [1, 7, 13],
    [2, 8, 14],
    [3, 9, 15],
    [4, 10, 5],
  ] as const) {
    text += encode((at(a) << 16) | (at(b) << 8) | at(c), 4);
  }
  return `${magic}${saltText}$${text}${encode(at(11), 2)}`;
}

function shaCrypt(passwordText: string, saltText: string, kind: '5' | '6', roundsText: string | undefined): string {
  const algorithm = kind === '5' ? 'sha256' : 'sha512';
  const size = kind === '5' ? 32 : 64;
  const password = Buffer.from(passwordText, 'latin1');
  const salt = Buffer.from(saltText, 'latin1');
  const digestOf = (...parts: readonly Buffer[]): Buffer => {
    const digest = createHash(algorithm);
    for (const part of parts) digest.update(part);
    return digest.digest();
  };
  const repeat = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes.length === 0 ? 0 : bytes);
  const rounds = Math.min(999_999_999, Math.max(1000, Number(roundsText ?? 5000)));
  const b = digestOf(password, salt, password);
  const parts: Buffer[] = [password, salt];
  for (let left = password.length; left > 0; left -= size) parts.push(b.subarray(0, Math.min(size, left)));
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : password);
  let a = digestOf(...parts);
  const p = repeat(digestOf(...Array.from({ length: password.length }, () => password)), password.length);
  const s = repeat(digestOf(...Array.from({ length: 16 + (a[0] as number) }, () => salt)), salt.length);
  for (let round = 0; round < rounds; round += 1) {
    a = digestOf(
      round & 1 ? p : a,
      ...(round % 3 === 0 ? [] : [s]),
      ...(round % 7 === 0 ? [] : [p]),
      round & 1 ? a : p,
    );
  }
  const told = roundsText === undefined ? '' : `rounds=${rounds}$`;
  return `$${kind}$${told}${saltText}$${encodeSha(a, kind)}`;
}

/** The bytes in the order of the specification: three at a time, the first of them moving on by a third each time. */
function encodeSha(bytes: Buffer, kind: '5' | '6'): string {
  const at = (index: number): number => bytes[index] as number;
  const third = kind === '5' ? 10 : 21;
  let text = '';
  let order = [0, third, 2 * third];
  for (let i = 0; i < third; i += 1) {
    const [a = 0, b = 0, c = 0] = order;
    text += encode((at(a) << 16) | (at(b) << 8) | at(c), 4);
    order = kind === '5' ? [c + 1, a + 1, b + 1] : [b + 1, c + 1, a + 1];
  }
  return kind === '5' ? text + encode((at(31) << 8) | at(30), 3) : text + encode(at(63), 2);
}
