// The bench by itself: that it starts, measures what it is told to, and prints figures that can be. How good they are is
// no question for a test.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Result } from '../../bench/result.ts';
import { withoutNginx } from '../support/nginx.ts';

const script = join(resolve(import.meta.dirname, '../..'), 'bench/run.ts');
const tiny = ['--rounds', '1', '--requests', '20', '--handshakes', '4', '--idle', '4'];

function bench(...args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [script, ...args], { timeout: 60_000 });
}

test('figures of mutual and of nginx, and the ratio of the two', { skip: withoutNginx }, async () => {
  const only = ['--only', 'small,handshake,idle', '--programs', 'mutual,nginx'];
  const { stdout } = await bench('--json', ...tiny, ...only);
  const { figures, notes, versions, machine } = JSON.parse(stdout) as Result;
  assert.deepEqual(notes, []);
  assert.deepEqual(Object.keys(versions), ['mutual', 'nginx']);
  assert.equal(machine.node, process.versions.node);
  assert.deepEqual(
    figures.map(({ name, unit }) => `${name} ${unit}`),
    ['small µs', 'handshake µs', 'idle KB'],
  );
  for (const { name, entries } of figures) {
    assert.deepEqual(
      entries.map(({ program }) => program),
      ['mutual', 'nginx'],
      name,
    );
    for (const { program, rounds, median, low, high, ratio } of entries) {
      assert.equal(rounds.length, 1);
      assert.deepEqual([low, high], [median, median]);
      assert.equal(typeof ratio, 'number', name);
      // Some connections may fit into memory that is there already.
      if (name !== 'idle') assert.ok(median > 0 && median < 1e6, `${name} of ${program}: ${median}`);
      if (program === 'nginx' && name !== 'idle') assert.equal(ratio, 1);
    }
  }
});

test('figures of something that grows', async () => {
  const { stdout } = await bench('--json', ...tiny, '--only', 'headers', '--programs', 'mutual');
  const [figure, ...others] = (JSON.parse(stdout) as Result).figures;
  assert.deepEqual(others, []);
  assert.deepEqual(
    figure?.entries.map(({ x }) => x),
    [5, 20, 60],
  );
  assert.equal(figure?.entries[0]?.ratio, 1);
});

test('what cannot be measured is named, and what there is', async () => {
  await assert.rejects(bench('--only', 'smal'), /there is no measurement "smal"; there are: small, handshake,/);
  await assert.rejects(bench('--programs', 'apache'), /there is no program "apache"; there are: mutual,.* nginx,/);
  await assert.rejects(bench('--requests', 'many'), /--requests takes a whole number/);
});
