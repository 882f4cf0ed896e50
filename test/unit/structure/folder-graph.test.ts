// Draws the graph of imports between folders and fails on an edge that points the wrong way, on a cycle between
// files, and on the kinds of file that this project does without.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../../..');
const source = join(root, 'src');

/** A folder may import from itself and from every folder in a row above its own. */
const order: readonly (readonly string[])[] = [
  ['errors'],
  ['x509', 'config'],
  ['credentials'],
  ['gateway/accept'],
  ['gateway/authenticate'],
  ['gateway/authorize'],
  ['gateway/forward'],
  ['gateway/observe'],
  ['gateway/http'],
  ['gateway/status'],
  ['gateway'],
  ['workers', 'admin'],
  ['ca', 'nginx'],
  ['explain'],
  ['demo'],
  ['cli'],
  ['main'],
];

/** Narrower than the order: what these folders may import from at all. */
const only: Readonly<Record<string, readonly string[]>> = {
  x509: ['errors'],
  config: ['errors'],
  ca: ['errors', 'x509'],
  nginx: ['errors', 'config'],
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

const importsOf = (file: string): string[] => {
  const text = readFileSync(join(source, file), 'utf8');
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']*)'|\bimport\('(\.[^']*)'\)/gm)].map((match) =>
    relative(source, resolve(source, dirname(file), (match[1] ?? match[2]) as string)),
  );
};

/** `gateway/forward/upstream/pool.ts` → `gateway/forward`. */
function folderOf(file: string): string {
  const parts = file.replace(/\.ts$/, '').split('/');
  if (parts.length === 1) return parts[0] as string;
  return parts[0] === 'gateway' && parts.length > 2 ? `gateway/${parts[1]}` : (parts[0] as string);
}

const rankOf = (folder: string): number => order.findIndex((row) => row.includes(folder));

test('every folder has its place in the order', () => {
  const strangers = files.map(folderOf).filter((folder) => rankOf(folder) === -1);
  assert.deepEqual([...new Set(strangers)], []);
});

test('a folder imports only from what stands before it', () => {
  const back: string[] = [];
  for (const file of files) {
    const from = folderOf(file);
    for (const imported of importsOf(file)) {
      const to = folderOf(imported);
      if (to === from) continue;
      const allowed = only[from] === undefined ? rankOf(to) < rankOf(from) : only[from].includes(to);
      if (!allowed) back.push(`${file} -> ${imported}`);
    }
  }
  assert.deepEqual(back, []);
});

test('no file imports itself, by whatever way round', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
      return;
    }
    state.set(file, 'open');
    for (const imported of importsOf(file)) if (files.includes(imported)) visit(imported, [...way, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('names say what is in a file', () => {
  const vague = files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|types|index)(\.ts|\/)/.test(file));
  assert.deepEqual(vague, []);
  const cased = files.filter((file) => !/^[a-z0-9/-]+\.ts$/.test(file));
  assert.deepEqual(cased, []);
});

test('no default exports and no exits outside main', () => {
  const found: string[] = [];
  for (const file of files) {
    const text = readFileSync(join(source, file), 'utf8');
    if (/^export default\b/m.test(text)) found.push(`${file}: default export`);
    if (file !== 'main.ts' && /\bprocess\.exit\(/.test(text)) found.push(`${file}: process.exit`);
  }
  assert.deepEqual(found, []);
});

test('only the stage that decides makes an identity or a permit', () => {
  const makers = { identityOf: 'gateway/authenticate/', permitOf: 'gateway/authorize/' };
  for (const [maker, home] of Object.entries(makers)) {
    const users = files.filter((file) => new RegExp(`\\b${maker}\\b`).test(readFileSync(join(source, file), 'utf8')));
    assert.ok(users.length > 0, `${maker} is used`);
    assert.deepEqual(
      users.filter((file) => !file.startsWith(home)),
      [],
    );
  }
});

test('stages that decide know nothing of sockets, files and frameworks', () => {
  // isIP and isIPv6 are functions of text that happen to live in node:net.
  const effects =
    /(?<!import \{ isIP(v6)? \} )from '(node:(fs|net|tls|http|https|http2|timers)[^']*|fastify|undici|pino)'/;
  const found = files.filter(
    (file) =>
      /^gateway\/(authenticate|authorize)\//.test(file) && effects.test(readFileSync(join(source, file), 'utf8')),
  );
  assert.deepEqual(found, []);
});
