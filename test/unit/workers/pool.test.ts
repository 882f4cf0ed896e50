import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { FromWorker, ToWorker } from '../../../src/workers/messages.ts';
import { createPool } from '../../../src/workers/pool.ts';
import type { WorkerListener } from '../../../src/workers/worker-process.ts';

/** Processes that do what the test does in their place. */
function makePool(t: TestContext, size = 2) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const forked: (WorkerListener & { readonly told: ToWorker[]; killed: boolean })[] = [];
  const lines: string[] = [];
  const ended: number[] = [];
  let clock = 0;
  const pool = createPool({
    size,
    fork(listener) {
      const one = { ...listener, told: [] as ToWorker[], killed: false };
      forked.push(one);
      return {
        pid: forked.length,
        stdout: new PassThrough(),
        stderr: new PassThrough(),
        send: (message) => void one.told.push(message),
        kill() {
          one.killed = true;
          one.ended({ exitCode: undefined, signal: 'SIGKILL' });
        },
      };
    },
    startMessage: () => ({ kind: 'reopen' }),
    onFork: () => {},
    onMessage: () => {},
    onEnd: ({ worker }) => ended.push(worker),
    log: {
      info: (_: object, text: string) => lines.push(text),
      error: (_: object, text: string) => lines.push(text),
    } as never,
    monotonic: () => clock,
  });
  const serve = (n: number): void => {
    forked[n]?.said({ kind: 'hello' });
    forked[n]?.said({ kind: 'started', addresses: [] });
  };
  return {
    pool,
    forked,
    lines,
    ended,
    serve,
    /** @param ms that it had been there */
    crash(n: number, ms: number) {
      clock += ms;
      forked[n]?.ended({ exitCode: undefined, signal: 'SIGSEGV' });
    },
    async started() {
      const start = pool.start();
      for (let n = 0; n < size; n += 1) serve(n);
      await start;
    },
  };
}

const isAnswer = (message: FromWorker) => message.kind === 'committed';

test('it has started when all serve', async (t) => {
  const { pool, forked, started } = makePool(t, 3);
  await started();
  assert.deepEqual(
    pool.serving().map(({ worker }) => worker),
    [1, 2, 3],
  );
  assert.deepEqual(
    forked.map(({ told }) => told),
    [[{ kind: 'reopen' }], [{ kind: 'reopen' }], [{ kind: 'reopen' }]],
  );
});

test('where one cannot start, none is left', async (t) => {
  const { pool, forked, serve } = makePool(t);
  const start = pool.start();
  serve(0);
  forked[1]?.said({ kind: 'failed', fault: { code: 'address-in-use', message: 'taken' } });
  const check = assert.rejects(start, { code: 'address-in-use', message: 'taken' });
  await new Promise(setImmediate);
  assert.deepEqual(forked[0]?.told.at(-1), { kind: 'stop' });
  assert.ok(forked[1]?.killed);
  forked[0]?.ended({ exitCode: 0, signal: undefined });
  await check;
  assert.equal(forked.length, 2);
});

test('where one ends before it serves, that is told', async (t) => {
  const { pool, forked } = makePool(t, 1);
  const start = pool.start();
  forked[0]?.ended({ exitCode: 13, signal: undefined });
  await assert.rejects(start, { code: 'internal', message: /worker 1 ended while it was starting: exit code 13/ });
});

test('one that ends is replaced, ever later if its successors end, too', async (t) => {
  const { pool, forked, lines, ended, started, serve, crash } = makePool(t);
  await started();
  crash(1, 60_000);
  t.mock.timers.tick(0);
  assert.equal(forked.length, 3);
  assert.deepEqual(
    pool.serving().map(({ worker }) => worker),
    [1],
  );
  crash(2, 1);
  t.mock.timers.tick(99);
  assert.equal(forked.length, 3);
  t.mock.timers.tick(1);
  assert.equal(forked.length, 4);
  crash(3, 1);
  t.mock.timers.tick(199);
  assert.equal(forked.length, 4);
  t.mock.timers.tick(1);
  serve(4);
  assert.deepEqual(
    pool.serving().map(({ worker }) => worker),
    [1, 2],
  );
  assert.deepEqual(ended, [2, 2, 2]);
  assert.match(lines.join('\n'), /SIGSEGV\).*at once\n.*in 100 ms\n.*in 200 ms\na worker serves in its place$/);
});

test('an answer is that of the one that was asked', async (t) => {
  const { pool, forked, started } = makePool(t);
  await started();
  const [first, second] = pool.serving();
  assert.ok(first !== undefined && second !== undefined);
  const asked = pool.ask(first, { kind: 'commit' }, isAnswer);
  forked[1]?.said({ kind: 'committed' });
  forked[0]?.said({ kind: 'aborted' });
  forked[0]?.said({ kind: 'committed' });
  assert.deepEqual(await asked, { kind: 'committed' });
  const dead = pool.ask(second, { kind: 'commit' }, isAnswer);
  forked[1]?.ended({ exitCode: 1, signal: undefined });
  assert.equal(await dead, undefined);
  assert.equal(await pool.ask(second, { kind: 'commit' }, isAnswer), undefined);
  const late = pool.ask(first, { kind: 'commit' }, isAnswer, 50);
  t.mock.timers.tick(50);
  assert.equal(await late, undefined);
});

test('at the end nobody is replaced', async (t) => {
  const { pool, forked, started, crash } = makePool(t);
  await started();
  crash(1, 1);
  const end = pool.end('drain');
  assert.deepEqual(forked[0]?.told.at(-1), { kind: 'drain' });
  forked[0]?.ended({ exitCode: 0, signal: undefined });
  await end;
  t.mock.timers.tick(60_000);
  assert.equal(forked.length, 2);
});

test('it is settled when nobody is between start and serving', async (t) => {
  const { pool, started, serve, crash } = makePool(t);
  await started();
  await pool.settled();
  crash(1, 60_000);
  t.mock.timers.tick(0);
  let settled = false;
  const waiting = pool.settled().then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  assert.equal(settled, false);
  serve(2);
  await waiting;
});
