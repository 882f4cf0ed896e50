// The lexical rules of nginx files, without the directives.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NginxFault } from '../../../../src/nginx/nginx-fault.ts';
import { createTokenReader, type Statement } from '../../../../src/nginx/read/tokens.ts';

function statements(text: string | Buffer): Statement[] {
  const reader = createTokenReader(Buffer.from(text as string), 'a.conf');
  const all: Statement[] = [];
  for (;;) {
    const statement = reader.next();
    if (statement.kind === 'end') return all;
    all.push(statement);
  }
}

function words(text: string): readonly string[] {
  const [first] = statements(text);
  return first !== undefined && 'words' in first ? first.words : [];
}

describe('words', () => {
  const cases: readonly (readonly [text: string, words: readonly string[]])[] = [
    ['a b c;', ['a', 'b', 'c']],
    ['a\tb\r\n  c ;', ['a', 'b', 'c']],
    ['a "b c" \'d "e"\';', ['a', 'b c', 'd "e"']],
    ['a "";', ['a', '']],
    ['a "b\\"c" \'d\\\'e\';', ['a', 'b"c', "d'e"]],
    ['a "b;c{d}";', ['a', 'b;c{d}']],
    ['a b"c"d;', ['a', 'b"c"d']],
    ['a b\\ c;', ['a', 'b\\ c']],
    ['a \\n\\t\\r;', ['a', '\n\t\r']],
    ['a ^/(\\d+)\\.x$;', ['a', '^/(\\d+)\\.x$']],
    ['a \\\\d;', ['a', '\\d']],
    ['a b#c;', ['a', 'b#c']],
    ['a # b;\n c;', ['a', 'c']],
    ['a \x24{b}c;', ['a', '\x24{b}c']],
    ['a x\x24{b};', ['a', 'x\x24{b}']],
    ['a "$b{c}";', ['a', '$b{c}']],
    ['a b}c;', ['a', 'b}c']],
    ['a ("b") ;', ['a', '("b")']],
    ['a "é";', ['a', 'é']],
  ];
  for (const [text, expected] of cases) {
    test(JSON.stringify(text), () => assert.deepEqual(words(text), expected));
  }
  test('a closing parenthesis may follow a quote', () => {
    assert.deepEqual(words('if ($a = "b") {'), ['if', '($a', '=', 'b', ')']);
  });
});

describe('blocks', () => {
  test('open and close', () => {
    assert.deepEqual(
      statements('a{b c;}d;').map(({ kind }) => kind),
      ['block', 'directive', 'block-end', 'directive'],
    );
  });
  test('the place is that of what ends a directive', () => {
    const reader = createTokenReader(Buffer.from('a\nb\n;\n"c\nd" {'), 'f');
    reader.next();
    assert.deepEqual(reader.place, { file: 'f', line: 3 });
    reader.next();
    assert.deepEqual(reader.place, { file: 'f', line: 5 });
  });
});

describe('faults', () => {
  const cases: readonly (readonly [text: string, fault: string])[] = [
    [';', 'unexpected ";" in a.conf:1'],
    ['\n{', 'unexpected "{" in a.conf:2'],
    ['a }', 'unexpected "}" in a.conf:1'],
    ['a "b"c;', 'unexpected "c" in a.conf:1'],
    ['a', 'unexpected end of file, expecting ";" or "}" in a.conf:1'],
    ['a "b;\n', 'unexpected end of file, expecting ";" or "}" in a.conf:2'],
    [`\na ${'b'.repeat(5000)};`, 'too long parameter "bbbbbbbbbb..." started in a.conf:2'],
    [`a "${'b\n'.repeat(3000)}";`, 'too long parameter, probably missing terminating """ character in a.conf:1'],
  ];
  for (const [text, fault] of cases) {
    test(fault, () => assert.throws(() => statements(text), new NginxFault(fault)));
  }
  test('the longest word that nginx takes', () => {
    assert.equal(words(`a ${'b'.repeat(4095)};`)[1]?.length, 4095);
  });
  test('in a parameter of the command line', () => {
    const reader = createTokenReader(Buffer.from('a'), undefined);
    assert.throws(
      () => reader.next(),
      new NginxFault('unexpected end of parameter, expecting ";"', { file: undefined, line: 1 }),
    );
  });
});
