import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MutualError } from '../../../src/errors.ts';
import { faultOf, parseFromWorker, parseToWorker } from '../../../src/workers/messages.ts';

test('what one side says the other understands', () => {
  const ticketSecret = new Uint8Array(48);
  const start = {
    kind: 'start',
    worker: 1,
    text: 'a',
    file: '/a',
    ticketSecret,
    ports: { a: 1 },
    reusePort: true,
    watched: false,
  };
  assert.deepEqual(parseToWorker(start), start);
  assert.deepEqual(parseToWorker({ kind: 'report', id: 1, after: Number.POSITIVE_INFINITY }).kind, 'report');
  assert.deepEqual(parseToWorker({ kind: 'report', id: 1, after: undefined }).kind, 'report');
  const report = { observation: {}, processes: [], reasons: [] };
  assert.deepEqual(parseFromWorker({ kind: 'report', id: 1, report }), { kind: 'report', id: 1, report });
});

for (const message of [
  undefined,
  null,
  'drain',
  {},
  { kind: 'none' },
  { kind: 'drain', more: 1 },
  { kind: 'report' },
]) {
  test(`not understood: ${JSON.stringify(message)}`, () => {
    assert.throws(() => parseToWorker(message), { code: 'internal', message: /is not understood/ });
    assert.throws(() => parseFromWorker(message), { code: 'internal' });
  });
}

test('a fault keeps its code and its sentence on the way', () => {
  const fault = faultOf(new MutualError('address-in-use', 'cannot listen on x'));
  assert.deepEqual(parseFromWorker({ kind: 'failed', fault }), { kind: 'failed', fault });
  assert.deepEqual(fault, { code: 'address-in-use', message: 'cannot listen on x' });
  assert.deepEqual(faultOf(new TypeError('a\nb')), { code: 'internal', message: 'a; b' });
});
