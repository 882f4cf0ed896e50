import assert from 'node:assert/strict';
import { PassThrough, Readable, Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { type PumpEnd, type PumpOptions, pumpBody } from '../../../../../src/gateway/forward/upstream/body.ts';

const unhurried: PumpOptions = { sourceIdleMs: 0, sinkIdleMs: 0 };

const pump = (source: Readable, sink: Writable, options: Partial<PumpOptions> = {}): Promise<PumpEnd> =>
  new Promise((resolve) => pumpBody(source, sink, { ...unhurried, ...options }, resolve));

/** Keeps what it gets; `take` lets one piece through where it blocks. */
function createSink(blocking = false): Writable & { text(): string; take(): void } {
  const pieces: string[] = [];
  let pending: (() => void) | undefined;
  const sink = new Writable({
    highWaterMark: 4,
    write(chunk, _encoding, done) {
      pieces.push(String(chunk));
      if (blocking) pending = done;
      else done();
    },
  });
  return Object.assign(sink, {
    text: () => pieces.join(''),
    take: () => {
      const done = pending;
      pending = undefined;
      done?.();
    },
  });
}

describe('a body', () => {
  test('goes through whole, is counted, and the sink stays open', async () => {
    const sink = createSink();
    let bytes = 0;
    const end = await pump(Readable.from([Buffer.from('abc'), Buffer.from('defgh')], { objectMode: false }), sink, {
      onBytes: (count) => {
        bytes += count;
      },
    });
    assert.deepEqual(end, {});
    assert.equal(sink.text(), 'abcdefgh');
    assert.equal(bytes, 8);
    assert.equal(sink.writableEnded, false);
  });

  test('that has ended before is complete', async () => {
    const source = Readable.from([], { objectMode: false });
    source.resume();
    await new Promise((resolve) => source.once('close', resolve));
    assert.deepEqual(await pump(source, createSink()), {});
  });

  test('waits for a slow sink, and is read no further meanwhile', async () => {
    const source = new PassThrough();
    const sink = createSink(true);
    const over = pump(source, sink);
    for (let i = 0; i < 3; i += 1) source.write('12345678');
    source.end();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(source.isPaused(), true);
    assert.equal(sink.text(), '12345678');
    const taking = setInterval(() => sink.take(), 1);
    assert.deepEqual(await over, {});
    clearInterval(taking);
    assert.equal(sink.writableLength + sink.text().length >= 24, true);
  });

  test('beyond its limit is cut before the byte too many goes on', async () => {
    const sink = createSink();
    const source = new PassThrough();
    const over = pump(source, sink, { maxBytes: 7 });
    source.write('1234');
    source.write('5678');
    assert.deepEqual(await over, { fault: 'too-large' });
    assert.equal(sink.text(), '1234');
    assert.equal(source.destroyed, false, 'the source is the client, who is still to be answered');
  });

  test('of exactly its limit passes', async () => {
    const source = Readable.from([Buffer.from('1234'), Buffer.from('567')], { objectMode: false });
    assert.deepEqual(await pump(source, createSink(), { maxBytes: 7 }), {});
  });

  for (const [name, expectedBytes] of [
    ['shorter', 5],
    ['longer', 3],
  ] as const) {
    test(`${name} than its head has promised is a fault`, async () => {
      const source = Readable.from([Buffer.from('1234')], { objectMode: false });
      assert.deepEqual(await pump(source, createSink(), { expectedBytes }), { fault: 'wrong-length' });
    });
  }

  test('of the promised length is complete', async () => {
    const source = Readable.from([Buffer.from('1234')], { objectMode: false });
    assert.deepEqual(await pump(source, createSink(), { expectedBytes: 4 }), {});
  });

  test('that stops coming is given up after a while', async () => {
    const source = new PassThrough();
    source.write('12');
    assert.deepEqual(await pump(source, createSink(), { sourceIdleMs: 20, sinkIdleMs: 1000 }), {
      fault: 'source-stalled',
    });
  });

  test('that nobody takes is given up after a while', async () => {
    const source = new PassThrough();
    source.write('12345678');
    assert.deepEqual(await pump(source, createSink(true), { sourceIdleMs: 1000, sinkIdleMs: 20 }), {
      fault: 'sink-stalled',
    });
  });

  test('that breaks off says with what', async () => {
    const source = new PassThrough();
    const over = pump(source, createSink());
    const error = new Error('aborted');
    source.destroy(error);
    assert.deepEqual(await over, { fault: 'source-failed', error });
  });

  test('that breaks off in silence is noticed, and so is one that broke before', async () => {
    const source = new PassThrough();
    const over = pump(source, createSink());
    source.destroy();
    assert.deepEqual(await over, { fault: 'source-failed' });
    assert.deepEqual(await pump(source, createSink()), { fault: 'source-failed' });
  });

  test('that was stopped tells nothing more, and its source is paused', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const source = new PassThrough();
    const sink = createSink();
    const stop = pumpBody(source, sink, { ...unhurried, sourceIdleMs: 5 }, () => assert.fail('it was stopped'));
    stop();
    source.write('late');
    t.mock.timers.tick(6);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(source.isPaused(), true);
    assert.equal(sink.text(), '');
    source.destroy(new Error('later'));
    await new Promise((resolve) => source.once('close', resolve));
  });
});
