import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParsedRequestHead } from '../../../../../src/gateway/accept/http1/request-head-parser.ts';
import type { Authentication } from '../../../../../src/gateway/authenticate/authentication.ts';
import { LastJudgement } from '../../../../../src/gateway/forward/express/last-judgement.ts';
import { makePermit } from '../../../../support/exchange.ts';

const fields = { hosts: ['a'], contentLengths: [], transferEncodings: [] };
const known = { rawHeaders: ['Host', 'a'], fields, close: false };
const absent: Authentication = { kind: 'absent' };

test('the same question gets the same answer, and a question that differs in anything gets none', () => {
  const last = new LastJudgement();
  const policy = {};
  const head = new ParsedRequestHead('GET', '/a', known, 10);
  const permit = makePermit();
  assert.equal(last.find(policy, absent, head), undefined);
  last.remember(policy, absent, head, permit);
  assert.equal(last.find(policy, absent, new ParsedRequestHead('GET', '/a', known, 99)), permit);
  const others: [object, Authentication, ParsedRequestHead][] = [
    [{}, absent, head],
    [policy, { kind: 'absent' }, head],
    [policy, absent, new ParsedRequestHead('GET', '/b', known, 10)],
    [policy, absent, new ParsedRequestHead('GET', '/a?', known, 10)],
    [policy, absent, new ParsedRequestHead('POST', '/a', known, 10)],
    [policy, absent, new ParsedRequestHead('GET', '/a', { ...known, fields: { ...fields } }, 10)],
  ];
  for (const [index, question] of others.entries()) assert.equal(last.find(...question), undefined, `${index}`);
});

test('only the last question is remembered', () => {
  const last = new LastJudgement();
  const policy = {};
  const [a, b] = ['/a', '/b'].map((target) => new ParsedRequestHead('GET', target, known, 10));
  assert.ok(a !== undefined && b !== undefined);
  last.remember(policy, absent, a, makePermit());
  last.remember(policy, absent, b, makePermit());
  assert.equal(last.find(policy, absent, a), undefined);
  assert.notEqual(last.find(policy, absent, b), undefined);
});
