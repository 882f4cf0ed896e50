// Durations, counted in two ways: in the few fixed buckets of a Prometheus histogram, and in many narrow ones from which
// percentiles can be had. Both can be added up over processes. Nothing here keeps a single duration.

/** Upper bounds of the buckets of all histograms, in seconds; the last bucket has none. */
export const bucketBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

const boundsMs = bucketBounds.map((bound) => bound * 1000);

export interface HistogramSnapshot {
  /** One for each of `bucketBounds`, and one more; each counts what is in its own bucket alone. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

export interface Histogram {
  readonly counts: number[];
  sumMs: number;
}

export function createHistogram(): Histogram {
  return { counts: new Array<number>(bucketBounds.length + 1).fill(0), sumMs: 0 };
}

export function recordDuration(histogram: Histogram, ms: number): void {
  let at = 0;
  while (at < boundsMs.length && ms > (boundsMs[at] as number)) at += 1;
  histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
  histogram.sumMs += ms;
}

export function histogramSnapshot({ counts, sumMs }: Histogram): HistogramSnapshot {
  return { counts: [...counts], sumSeconds: sumMs / 1000 };
}

export function addHistograms(a: HistogramSnapshot, b: HistogramSnapshot): HistogramSnapshot {
  return {
    counts: a.counts.map((count, at) => count + (b.counts[at] ?? 0)),
    sumSeconds: a.sumSeconds + b.sumSeconds,
  };
}

/** Narrow buckets: eight to each doubling, from 31 µs to two minutes. A percentile is off by 5 % at most. */
const perDoubling = 8;
const offset = 5 * perDoubling;
export const narrowBuckets = offset + 17 * perDoubling;

/** The narrow bucket of a duration. */
export function narrowBucketOf(ms: number): number {
  if (!(ms > 0)) return 0;
  return Math.min(narrowBuckets - 1, Math.max(0, Math.floor(Math.log2(ms) * perDoubling) + offset));
}

/** Bucket, count, bucket, count, …: buckets ascending, none empty. */
export type SparseCounts = readonly number[];

export function sparseOf(counts: ArrayLike<number>): SparseCounts {
  const sparse: number[] = [];
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    const count = counts[bucket] ?? 0;
    if (count > 0) sparse.push(bucket, count);
  }
  return sparse;
}

export function addSparse(all: readonly SparseCounts[]): SparseCounts {
  const [first, ...others] = all;
  if (first !== undefined && others.length === 0) return first;
  const counts = new Array<number>(narrowBuckets).fill(0);
  for (const sparse of all) {
    for (let at = 0; at < sparse.length; at += 2) {
      const bucket = sparse[at] ?? 0;
      counts[bucket] = (counts[bucket] ?? 0) + (sparse[at + 1] ?? 0);
    }
  }
  return sparseOf(counts);
}

/** @returns milliseconds; null where nothing was counted. @param share 0.5 for the median */
export function quantileOf(sparse: SparseCounts, share: number): number | null {
  let total = 0;
  for (let at = 1; at < sparse.length; at += 2) total += sparse[at] ?? 0;
  if (total === 0) return null;
  const wanted = Math.max(1, Math.ceil(total * share));
  let seen = 0;
  for (let at = 0; at < sparse.length; at += 2) {
    seen += sparse[at + 1] ?? 0;
    if (seen >= wanted) return middleOf(sparse[at] ?? 0);
  }
  return null;
}

/** Three digits are all that it knows. */
function middleOf(bucket: number): number {
  return Number((2 ** ((bucket - offset + 0.5) / perDoubling)).toPrecision(3));
}
