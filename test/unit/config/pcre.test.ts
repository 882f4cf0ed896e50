// Expressions of nginx files mean what they mean to PCRE, also where a line feed has come in decoded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { translatePcre } from '../../../src/config/pcre.ts';

function matches(source: string, subject: string, ignoreCase = false): boolean {
  const { text, flags } = translatePcre(source, ignoreCase);
  return new RegExp(text, flags).test(subject);
}

const cases: readonly (readonly [source: string, subject: string, expected: boolean])[] = [
  ['\\.php$', '/x.php', true],
  ['\\.php$', '/x.php\n', true],
  ['\\.php$', '/x.php\n\n', false],
  ['\\.php$', '/x.php\nx', false],
  ['\\.php\\z', '/x.php\n', false],
  ['\\.php\\z', '/x.php', true],
  ['\\.php\\Z', '/x.php\n', true],
  ['^/admin/.*x', '/admin/\rx', true],
  ['^/admin/.*x', '/admin/\nx', false],
  ['(?s)^/admin/.*x', '/admin/\nx', true],
  ['^/a[.$]b$', '/a\rb', false],
  ['^/a[.$]b$', '/a$b', true],
  ['^/a\\.b\\$$', '/a.b$', true],
  ['^/a\\.b$', '/a\rb', false],
  ['^[]a]$', ']', true],
  ['^[^]a]$', ']', false],
  ['^[^]a]$', 'b', true],
  ['^\\Qa.b$\\E$', 'a.b$', true],
  ['^\\Qa.b$\\E$', 'axb$', false],
];

for (const [source, subject, expected] of cases) {
  test(`${source} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(subject)}`, () => {
    assert.equal(matches(source, subject), expected);
  });
}
