import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogConditionConfig } from '../../../../src/config/schema.ts';
import { parseStatusRange } from '../../../../src/config/status-range.ts';
import { parseTemplate } from '../../../../src/config/template.ts';
import type { Exchange } from '../../../../src/gateway/forward/exchange.ts';
import { compileLogCondition } from '../../../../src/gateway/observe/log-condition.ts';
import { makeExchange, makeHead, makePermit, makeRoute } from '../../../support/exchange.ts';

const holds = (when: LogConditionConfig, facts: Partial<Exchange>): boolean =>
  compileLogCondition(when)(makeExchange(facts));

test('as nginx has it: a value that is neither empty nor 0', () => {
  const when = { value: parseTemplate('$http_x_log') };
  const headed = (...headers: string[]) => holds(when, { head: makeHead(headers) });
  assert.deepEqual([headed(), headed('X-Log', ''), headed('X-Log', '0')], [false, false, false]);
  assert.deepEqual([headed('X-Log', '1'), headed('X-Log', '00'), headed('X-Log', '-')], [true, true, true]);
});

test('several variables are one value', () => {
  const when = { value: parseTemplate('$http_a$http_b') };
  assert.ok(!holds(when, { head: makeHead(['A', '0']) }));
  assert.ok(holds(when, { head: makeHead(['A', '0', 'B', '0']) }));
});

test('statuses, that of a client who went away among them', () => {
  const when = { status: ['4xx', '>=502'].map(parseStatusRange) };
  const statuses = [200, 399, 400, 499, 500, 502, 504];
  assert.deepEqual(
    statuses.filter((status) => holds(when, { status })),
    [400, 499, 502, 504],
  );
  assert.ok(holds(when, { status: 0, failure: { code: 'client-closed', reason: '' } }));
});

test('slow exchanges', () => {
  assert.ok(!holds({ slowerThanMs: 10 }, { durationMs: 9.99 }));
  assert.ok(holds({ slowerThanMs: 10 }, { durationMs: 10 }));
});

test('all routes but some', () => {
  const decision = makePermit({ route: makeRoute({ name: '= /health' }) });
  assert.ok(!holds({ exceptRoutes: ['= /health'] }, { decision }));
  assert.ok(holds({ exceptRoutes: ['/'] }, { decision }));
  assert.ok(holds({ exceptRoutes: ['= /health'] }, {}));
});

test('all conditions together', () => {
  const when = { status: [parseStatusRange('200')], slowerThanMs: 10 };
  assert.ok(holds(when, { status: 200, durationMs: 11 }));
  assert.ok(!holds(when, { status: 200, durationMs: 1 }));
  assert.ok(!holds(when, { status: 500, durationMs: 11 }));
});
