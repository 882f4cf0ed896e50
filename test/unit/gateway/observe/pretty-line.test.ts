import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrettyLine } from '../../../../src/gateway/observe/pretty-line.ts';

const line = (facts: object): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-03-01T10:11:12.345Z', pid: 7, msg: 'client refused: no', ...facts })}\n`;

test('time, level and message stand in the first line, facts below it', () => {
  const print = createPrettyLine({ colour: false });
  const [first, ...rest] = print(
    line({ code: 'not-allowed', reason: 'no', certificate: { subject: 'CN=a', serial: '01' } }),
  ).split('\n');
  assert.match(first ?? '', /^\[\d\d:\d\d:\d\d\] WARN: client refused: no$/);
  const text = rest.join('\n');
  assert.match(text, /^ +code: "not-allowed"$/m);
  assert.match(text, /^ +subject: CN=a\n +serial: 01$/m);
  assert.doesNotMatch(text, /pid|reason/, 'the message says it already');
});

test('colours only where they are wanted', () => {
  assert.doesNotMatch(createPrettyLine({ colour: false })(line({})), /\x1b/);
  assert.match(createPrettyLine({ colour: true })(line({})), /\x1b\[/);
});

test('what a client named itself moves no cursor and begins no line', () => {
  const hostile = 'CN=\x1b[2J\x9b1A\rx\n[10:11:12] INFO: all is well\u202e';
  const text = createPrettyLine({ colour: false })(
    line({ msg: hostile, target: hostile, certificate: { subject: hostile }, list: [hostile], [hostile]: 1 }),
  );
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  assert.doesNotMatch(text, /^\[10:11:12\] INFO/m);
  assert.match(text, /\\u001b\[2J/);
});

test('a stack keeps its lines', () => {
  const err = { type: 'TypeError', message: 'bug', stack: 'TypeError: bug\n    at one\n    at \x1b[2Jtwo' };
  const text = createPrettyLine({ colour: false })(line({ err }));
  assert.match(text, /at one\n +at \\u001b\[2Jtwo/);
});
