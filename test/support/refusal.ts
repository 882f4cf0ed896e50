// What a parser says when it refuses: for tests that a wrong value is refused for the right reason.

import assert from 'node:assert/strict';
import { type ErrorCode, MutualError } from '../../src/errors.ts';

/** The function must throw a MutualError of this code whose message matches. */
export function assertRefused(act: () => unknown, message: RegExp, code: ErrorCode = 'config-invalid'): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof MutualError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  });
}
