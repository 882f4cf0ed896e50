// Which lists may take the place of which: forward only, of the same issuers, and what is verified before what is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CrlFile, ListFacts } from '../../../src/credentials/crl-file.ts';
import { decideReplacement } from '../../../src/credentials/crl-replacement.ts';

const nowMs = Date.UTC(2030, 0, 10);
/** `A3#0F`: of issuer A, of the 3rd, number 0F. A small letter: not verified. */
function file(...lists: string[]): CrlFile {
  return {
    sha256: lists.join(),
    judgedBy: '',
    lists: lists.map((text): ListFacts => {
      const [, name = '', day, crlNumber] = /^(\w)(\d+)(?:#(.*))?$/.exec(text) ?? [];
      const issuer = name.toUpperCase();
      const thisUpdate = new Date(Date.UTC(2030, 0, Number(day)));
      return {
        issuer,
        issuerDn: `CN=${issuer}`,
        thisUpdate,
        nextUpdate: undefined,
        crlNumber,
        isVerified: issuer === name,
      };
    }),
  };
}

const accepted: readonly [kept: string[], found: string[]][] = [
  [['A3'], ['A4']],
  [['A3'], ['A3']],
  [['A3#0F'], ['A3#10']],
  [['A3#FF'], ['A3#0100']],
  [['A3#0F'], ['A3#0F']],
  [['A3#0F'], ['A4#01']],
  [['A3#0F'], ['A3']],
  [['A3#-02'], ['A3#01']],
  [
    ['A3', 'B5'],
    ['B5', 'A4'],
  ],
  // A CA that changes its key: a second list under its name comes, and the first one goes.
  [['A3'], ['A3', 'A4']],
  [['A3', 'A4'], ['A4']],
  // The copy is from the future: a clock was wrong.
  [['A20'], ['A3']],
  [['a3'], ['a3']],
  [['a9'], ['A3']],
  [['b9'], ['A3']],
  [
    ['A3', 'b3'],
    ['A2', 'B2'],
  ],
];

const refused: readonly [kept: string[], found: string[], reason: RegExp][] = [
  [['A3'], ['A2'], /^its list of "CN=A" is of 2030-01-02.*, older than the copy's of 2030-01-03/],
  [['A3#10'], ['A3#0F'], /\(number 0F\), older than .* \(number 10\)$/],
  [['A3#0100'], ['A3#FF'], /older/],
  [['A3'], ['B4'], /^it holds lists of "CN=B", and the copy lists of "CN=A"$/],
  [['A3', 'B3'], ['A4'], /lists of "CN=A", and the copy lists of "CN=A" and "CN=B"/],
  [['A3'], ['A4', 'B4'], /it holds lists of "CN=A" and "CN=B"/],
  [['A3', 'B5'], ['A4', 'B4'], /its list of "CN=B"/],
  [['A3', 'A5'], ['A4'], /older/],
  [['A3'], ['A2', 'A4'], /older/],
  [['A3'], ['A11'], /counts only from 2030-01-11/],
  [['A20'], ['A21'], /counts only from/],
  [['A3'], ['a2'], /older/],
  [['a3'], ['a2'], /older/],
  [['a3'], ['A4', 'b4'], /it holds lists/],
];

test('with no copy anything is taken', () => {
  assert.equal(decideReplacement(undefined, file('A20'), nowMs), undefined);
});

for (const [kept, found] of accepted) {
  test(`${found.join(' ')} may take the place of ${kept.join(' ')}`, () => {
    assert.equal(decideReplacement(file(...kept), file(...found), nowMs), undefined);
  });
}

for (const [kept, found, reason] of refused) {
  test(`${found.join(' ')} may not take the place of ${kept.join(' ')}`, () => {
    assert.match(decideReplacement(file(...kept), file(...found), nowMs) ?? '', reason);
  });
}
