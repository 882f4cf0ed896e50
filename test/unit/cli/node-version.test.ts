import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireNode } from '../../../src/cli/node-version.ts';

test('a Node.js at the floor or above it will do', () => {
  for (const have of ['24.21.0', '24.21.1', '24.22.0', '26.0.0']) requireNode(have, '>=24.21.0');
});

test('one below it is refused, with the reason', () => {
  for (const have of ['24.20.9', '24.9.0', '22.99.0', '20.20.2']) {
    assert.throws(() => requireNode(have, '>=24.21.0'), { code: 'node-too-old', message: /resume TLS sessions/ });
  }
});
