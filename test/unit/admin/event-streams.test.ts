import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { createEventStreams } from '../../../src/admin/event-streams.ts';
import type { AdminSource } from '../../../src/admin/source.ts';
import type { FeedEvent } from '../../../src/gateway/observe/feed.ts';
import { createRecorder } from '../../../src/gateway/observe/recorder.ts';
import { requestEventOf } from '../../../src/gateway/observe/request-event.ts';
import type { Report } from '../../../src/gateway/status/report.ts';
import { makeExchange, makePermit } from '../../support/exchange.ts';

const startMs = Date.UTC(2026, 10, 23, 15, 0, 0);
const event: FeedEvent = {
  kind: 'request',
  data: requestEventOf(makeExchange({ decision: makePermit(), status: 200 }), undefined),
};

/** A reader that takes everything at once, or nothing at all. */
class Reader extends Writable {
  text = '';
  readonly #reads: boolean;

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    if (this.#reads) done();
  }

  count(name: string): number {
    return this.text.split(`event: ${name}\n`).length - 1;
  }

  get omitted(): unknown[] {
    return [...this.text.matchAll(/event: omitted\ndata: (.*)\n/g)].map(([, data]) => JSON.parse(data ?? ''));
  }
}

function report(): Report {
  const recorder = createRecorder(() => startMs);
  return {
    observation: recorder.observation(),
    credentials: [],
    reasons: [],
    upstreams: [],
    configuration: { file: '', text: '', loadedAtMs: 0 },
    addresses: [],
    processes: [],
  };
}

function streamsFor(t: TestContext, limits = {}) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: startMs });
  const listeners = new Set<(event: FeedEvent) => void>();
  let asked = 0;
  const source: AdminSource = {
    report: async () => {
      asked += 1;
      return report();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    reload: async () => ({ atMs: 0, result: 'succeeded', message: '' }),
  };
  const streams = createEventStreams({ source, version: '1', now: () => Date.now(), limits });
  t.after(() => streams.close());
  return {
    streams,
    listeners,
    publish: (published: FeedEvent) => {
      for (const listener of listeners) listener(published);
    },
    asked: () => asked,
    /** Lets a second pass, with all that is done in it. */
    async second(): Promise<void> {
      t.mock.timers.tick(1100);
      for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
    },
  };
}

test('nobody is asked anything while nobody reads', async (t) => {
  const { streams, listeners, asked, second } = streamsFor(t);
  await second();
  assert.deepEqual([asked(), listeners.size], [0, 0]);
  const reader = new Reader(true);
  streams.add(reader);
  await second();
  assert.deepEqual([asked(), listeners.size], [1, 1]);
  reader.destroy();
  await new Promise((resolve) => setImmediate(resolve));
  await second();
  await second();
  assert.deepEqual([asked(), listeners.size], [1, 0]);
});

test('a reader that stands still is skipped and holds no more than its share, while others have everything', async (t) => {
  const { streams, publish } = streamsFor(t);
  const [stalled, well] = [new Reader(false), new Reader(true)];
  for (const reader of [stalled, well]) streams.add(reader);
  for (let index = 0; index < 20_000; index += 1) {
    publish(event);
    // The reader that reads does so in its own time.
    if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(stalled.writableLength < 64 * 1024 + 2000, `${stalled.writableLength}`);
  assert.equal(well.count('request'), 20_000);
});

test('a reader that stands still for long is ended', async (t) => {
  const { streams, publish, second, listeners } = streamsFor(t, { stalledMs: 3000, waitingBytes: 1000 });
  const stalled = new Reader(false);
  streams.add(stalled);
  for (let index = 0; index < 10; index += 1) publish(event);
  for (let seconds = 0; seconds < 3; seconds += 1) await second();
  assert.equal(stalled.destroyed, false);
  for (let seconds = 0; seconds < 3; seconds += 1) await second();
  assert.equal(stalled.destroyed, true);
  assert.equal(listeners.size, 0);
});

test('what was left out is counted, and told once', async (t) => {
  const { streams, publish, second } = streamsFor(t);
  const reader = new Reader(true);
  streams.add(reader);
  publish({ kind: 'omitted', data: { requests: 7, refusals: 3 } });
  await second();
  await second();
  assert.deepEqual(reader.omitted, [{ requests: 7, refusals: 3, others: 0 }]);
});

test('there are only so many streams', (t) => {
  const { streams } = streamsFor(t, { streams: 2 });
  assert.deepEqual(
    [1, 2, 3].map(() => streams.add(new Reader(true))),
    [true, true, false],
  );
});

test('a stream that goes on shows that it lives', async (t) => {
  const { streams, second } = streamsFor(t);
  const reader = new Reader(true);
  streams.add(reader);
  for (let seconds = 0; seconds < 15; seconds += 1) await second();
  assert.match(reader.text, /^: $/m);
});
