// Small configurations, one a line, each with something in it that nginx has a word for. What a line is put into says
// its first letter: M a whole file, S a server, L a location, U an upstream, and without one `http`.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../golden/nginx/faults');

export interface FaultCase {
  readonly line: string;
  readonly text: string;
}

export function faultCases(name: string): FaultCase[] {
  const lines = readFileSync(join(folder, `${name}.txt`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => ({ line, text: `${printable(wrapped(line))}\n` }));
}

function wrapped(line: string): string {
  const inside = line.slice(2);
  switch (line.slice(0, 2)) {
    case 'M:':
      return inside;
    case 'S:':
      return `events {} http { server { ${inside} } }`;
    case 'L:':
      return `events {} http { server { location / { ${inside} } } }`;
    case 'U:':
      return `events {} http { upstream u { ${inside} } }`;
    default:
      return `events {} http { ${line} }`;
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** Bytes, one a character. */
function printable(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-f]{2})|([nrt\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (escapes[letter] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
