import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addHistograms,
  addSparse,
  bucketBounds,
  createHistogram,
  histogramSnapshot,
  narrowBucketOf,
  narrowBuckets,
  quantileOf,
  recordDuration,
  sparseOf,
} from '../../../../src/gateway/observe/durations.ts';

const counted = (durations: readonly number[]) => {
  const counts = new Array<number>(narrowBuckets).fill(0);
  for (const ms of durations) counts[narrowBucketOf(ms)] = (counts[narrowBucketOf(ms)] ?? 0) + 1;
  return sparseOf(counts);
};

test('a histogram counts each duration in one bucket; a bound belongs to its bucket', () => {
  const histogram = createHistogram();
  for (const ms of [0, 0.5, 0.51, 30_000, 30_001, 1e9]) recordDuration(histogram, ms);
  const { counts, sumSeconds } = histogramSnapshot(histogram);
  assert.equal(counts.length, bucketBounds.length + 1);
  assert.deepEqual([counts[0], counts[1], counts.at(-2), counts.at(-1)], [2, 1, 1, 2]);
  assert.ok(Math.abs(sumSeconds - 1_000_060.00201) < 1e-6);
});

test('histograms add up', () => {
  const one = createHistogram();
  const other = createHistogram();
  for (const ms of [500, 1000]) recordDuration(one, ms);
  recordDuration(other, 1000);
  const both = createHistogram();
  for (const ms of [500, 1000, 1000]) recordDuration(both, ms);
  assert.deepEqual(addHistograms(histogramSnapshot(one), histogramSnapshot(other)), histogramSnapshot(both));
});

test('percentiles are right within five percent', () => {
  const durations = Array.from({ length: 1000 }, (_, index) => 0.1 * 1.01 ** index);
  const sparse = counted(durations);
  for (const share of [0.01, 0.5, 0.9, 0.99]) {
    const exact = durations[Math.ceil(share * 1000) - 1] ?? 0;
    const found = quantileOf(sparse, share) ?? 0;
    assert.ok(Math.abs(found / exact - 1) < 0.05, `${share}: ${found} for ${exact}`);
  }
});

test('of nothing there is no percentile, and of one it is that', () => {
  assert.equal(quantileOf([], 0.5), null);
  assert.equal(quantileOf(counted([10]), 0.5), quantileOf(counted([10]), 0.99));
});

test('what no clock measures is counted at the ends', () => {
  assert.deepEqual([0, -1, Number.NaN, 1e-9].map(narrowBucketOf), [0, 0, 0, 0]);
  assert.deepEqual([1e9, Number.POSITIVE_INFINITY].map(narrowBucketOf), [narrowBuckets - 1, narrowBuckets - 1]);
});

test('counts of several processes add up', () => {
  const [a, b] = [
    [1, 2, 3],
    [2, 700],
  ];
  assert.deepEqual(addSparse([counted(a as number[]), counted(b as number[])]), counted([1, 2, 3, 2, 700]));
  assert.deepEqual(addSparse([]), []);
});
