// Which demands on clients cover which.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardCovers, guardOf } from '../../../../src/gateway/authorize/guard.ts';

const rules = [{ organization: ['Company A'] }];

test('a route demands what its server demands, unless it says otherwise', () => {
  assert.deepEqual(guardOf({}, 'required'), { mode: 'required', rules: undefined, denials: undefined });
  assert.equal(guardOf({ clients: 'none' }, 'optional').mode, 'none');
  assert.equal(guardOf({ clients: 'required' }, 'optional').mode, 'required');
});

test('a guard covers what demands the same or less', () => {
  const strict = guardOf({ allow: rules }, 'required');
  assert.ok(guardCovers(strict, guardOf({ allow: [{ organization: ['Company A'] }] }, 'required')));
  assert.ok(guardCovers(strict, guardOf({}, 'required')));
  assert.ok(guardCovers(strict, guardOf({}, 'none')));
});

test('a guard does not cover what demands more or something else', () => {
  const strict = guardOf({ allow: rules }, 'optional');
  assert.ok(!guardCovers(strict, guardOf({ allow: rules }, 'required')));
  assert.ok(!guardCovers(strict, guardOf({ allow: [{ organization: ['Company B'] }] }, 'optional')));
  assert.ok(!guardCovers(strict, guardOf({ allow: [] }, 'optional')), 'an empty list lets nobody in');
  assert.ok(!guardCovers(guardOf({}, 'none'), guardOf({}, 'optional')));
});

test('a guard does not cover a route that denies somebody else', () => {
  const open = guardOf({}, 'required');
  const closed = guardOf({ deny: rules }, 'required');
  assert.ok(guardCovers(closed, open));
  assert.ok(guardCovers(closed, guardOf({ deny: [{ organization: ['Company A'] }] }, 'required')));
  assert.ok(!guardCovers(open, closed));
  assert.ok(!guardCovers(closed, guardOf({ deny: [{ organization: ['Company B'] }] }, 'required')));
  assert.ok(guardCovers(open, guardOf({ deny: [] }, 'required')), 'an empty list refuses nobody');
});
