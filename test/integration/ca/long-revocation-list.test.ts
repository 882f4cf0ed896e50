// A CA that has revoked a great many: its list is written at once, and openssl and our reader find the same in it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { initCa } from '../../../src/ca/store.ts';
import { parseCrl, splitCrls } from '../../../src/x509/crl.ts';
import { runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

/** Serial numbers of 1 to 20 octets, some with the top bit set, in no order. */
function serialNumbers(count: number): string[] {
  const serials = new Set<string>();
  for (let n = 0; serials.size < count; n += 1) {
    const digits = hash('sha256', String(n))
      .toUpperCase()
      .slice(0, 2 * (1 + (n % 20)));
    if (!digits.startsWith('00')) serials.add(digits);
  }
  return [...serials];
}

test('20,000 revoked certificates', async (t) => {
  const store = await initCa({ dir: join(temporaryDirectory(t), 'ca'), name: 'Test CA' });
  const { index, crl: path, certificate } = store.paths;
  const serials = serialNumbers(20_000);
  const reasons = ['', ',unspecified', ',keyCompromise', ',superseded'];
  const lines = serials.map((serial, n) => {
    // Dates on both sides of 2050, where their type changes.
    const revokedAt = n % 10 === 0 ? '20500101000000Z' : '240101000000Z';
    return ['R', '20600101000000Z', `${revokedAt}${reasons[n % 4]}`, serial, 'unknown', `/CN=client ${n}`].join('\t');
  });
  writeFileSync(index, `${lines.join('\n')}\n`);

  const start = performance.now();
  const written = await store.writeCrl();
  // It takes a few hundred milliseconds. Comparing every entry with every other takes minutes.
  assert.ok(performance.now() - start < 5_000);
  assert.equal(written.revokedCount, serials.length);

  const read = parseCrl(splitCrls(readFileSync(path), path)[0] ?? Buffer.alloc(0));
  assert.deepEqual([...read.revokedSerials().values()], serials);

  const text = runOpenssl(['crl', '-in', path, '-noout', '-text']);
  const entries = text.split('\n').filter((line) => /^ +Serial Number: /.test(line));
  assert.deepEqual(
    entries.map((line) => line.replace(/^ +Serial Number: /, '')),
    serials,
  );
  assert.equal(text.match(/Key Compromise/g)?.length, serials.length / 4);
  assert.equal(text.match(/Superseded/g)?.length, serials.length / 4);
  assert.equal(text.match(/CRL entry extensions/g)?.length, serials.length / 2);
  assert.equal(text.match(/Revocation Date: Jan {2}1 00:00:00 2050 GMT/g)?.length, serials.length / 10);
  const verified = spawnSync('openssl', ['crl', '-in', path, '-noout', '-CAfile', certificate], { encoding: 'utf8' });
  assert.equal(verified.stderr, 'verify OK\n');
});
