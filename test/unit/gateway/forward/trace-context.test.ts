import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TracingMode } from '../../../../src/config/schema.ts';
import {
  formatTraceparent,
  parseTraceparent,
  type Trace,
  traceOf,
} from '../../../../src/gateway/forward/trace-context.ts';
import { makeExchange, makeHead, makePermit, makeRoute, makeServer } from '../../../support/exchange.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const valid = `00-${traceId}-00f067aa0ba902b7-01`;
/** Of the exchange, and what a span of the gateway is called for it. */
const id = '0123456789abcdef0123456789abcdef';
const spanId = '0123456789abcdef';

function trace(headers: readonly string[], mode?: TracingMode, requestId = id): Trace | undefined {
  const route = makeRoute();
  const server = makeServer(route, mode === undefined ? {} : { traceparent: mode });
  return traceOf(makeExchange({ id: requestId, head: makeHead(headers), decision: makePermit({ route, server }) }));
}

const begun = { traceId: id, spanId, flags: '01', state: undefined };

test('a trace goes on with a span of the gateway', () => {
  const going = trace(['traceparent', valid]);
  assert.deepEqual(going, { traceId, spanId, flags: '01', state: undefined });
  assert.equal(formatTraceparent(going as Trace), `00-${traceId}-${spanId}-01`);
  assert.equal(trace(['TraceParent', valid])?.traceId, traceId);
});

test('a request that is in none stays so, unless traces are to be begun', () => {
  assert.equal(trace([]), undefined);
  assert.equal(trace([], 'ignore'), undefined);
  assert.deepEqual(trace([], 'start'), begun);
  assert.deepEqual(trace([], 'restart'), begun);
});

test('where strangers have no say, theirs is replaced', () => {
  const headers = ['traceparent', valid, 'tracestate', 'a=1'];
  assert.deepEqual(trace(headers, 'restart'), begun);
  assert.equal(trace(headers, 'start')?.traceId, traceId);
});

test('where traces are ignored, theirs is told as it is', () => {
  assert.deepEqual(trace(['traceparent', valid, 'tracestate', 'a=1'], 'ignore'), {
    traceId,
    spanId: '00f067aa0ba902b7',
    flags: '01',
    state: 'a=1',
  });
  assert.equal(trace(['traceparent', 'x'], 'ignore'), undefined);
});

for (const [what, text] of [
  ['no version', `${traceId}-00f067aa0ba902b7-01`],
  ['the version that is none', `ff-${traceId}-00f067aa0ba902b7-01`],
  ['capital letters', `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`],
  ['a trace of nothing', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a parent of nothing', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['more than this version says', `${valid}-more`],
  ['a trace id that is short', `00-${traceId.slice(1)}-00f067aa0ba902b7-01`],
  ['a trace id that is long', `00-${traceId}0-00f067aa0ba902b7-01`],
  ['flags that are no number', `00-${traceId}-00f067aa0ba902b7-0x`],
  ['spaces', ` ${valid}`],
  ['a later version that goes on without a dash', `01-${traceId}-00f067aa0ba902b7-01more`],
  ['a line break', `${valid}\n`],
  ['nothing', ''],
] as const) {
  test(`malformed, and replaced: ${what}`, () => {
    assert.equal(parseTraceparent(text), undefined);
    assert.deepEqual(trace(['traceparent', text, 'tracestate', 'a=1']), begun);
  });
}

test('two of them are as good as none', () => {
  assert.deepEqual(trace(['traceparent', valid, 'traceparent', valid]), begun);
});

test('a later version is understood as far as this one goes', () => {
  for (const text of [`01-${traceId}-00f067aa0ba902b7-01`, `fe-${traceId}-00f067aa0ba902b7-01-what-ever`]) {
    assert.equal(formatTraceparent(trace(['traceparent', text]) as Trace), `00-${traceId}-${spanId}-01`);
  }
});

test('flags that nobody knows are not passed on', () => {
  for (const [sent, told] of [
    ['00', '00'],
    ['03', '03'],
    ['fe', '02'],
    ['ff', '03'],
  ]) {
    assert.equal(trace(['traceparent', `00-${traceId}-00f067aa0ba902b7-${sent}`])?.flags, told);
  }
});

test('a span is never called nothing', () => {
  assert.equal(trace(['traceparent', valid], 'continue', `${'0'.repeat(16)}${'1'.repeat(16)}`)?.spanId, '1'.repeat(16));
});

const stateOf = (...values: string[]) =>
  trace(['traceparent', valid, ...values.flatMap((v) => ['tracestate', v])])?.state;

test('what vendors have noted goes on, in one line', () => {
  assert.equal(stateOf('a=1', ' b@c=x y , ,d/e=*'), 'a=1,b@c=x y,d/e=*');
  assert.equal(stateOf(Array.from({ length: 32 }, (_, n) => `k${n}=1`).join())?.split(',').length, 32);
});

test('but not without a trace', () => {
  assert.equal(trace(['tracestate', 'a=1']), undefined);
  assert.equal(trace(['tracestate', 'a=1'], 'start')?.state, undefined);
});

for (const [what, ...values] of [
  ['a key in capitals', 'A=1'],
  ['no value', 'a'],
  ['a value with an equals sign', 'a=b=c'],
  ['a value that is no text', 'a=\u00ff'],
  ['a key twice', 'a=1', 'a=2'],
  ['too many', Array.from({ length: 33 }, (_, n) => `k${n}=1`).join()],
  ['too much', Array.from({ length: 3 }, (_, n) => `k${n}=${'x'.repeat(200)}`).join()],
  ['a value that ends nowhere', 'a='],
] as const) {
  test(`notes that are dropped whole: ${what}`, () => {
    assert.equal(stateOf(...values), undefined);
  });
}
