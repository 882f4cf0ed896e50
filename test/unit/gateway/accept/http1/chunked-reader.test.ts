// The strict reader of chunked bodies, cut at every byte: what passes is the same body without extensions and trailers.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ChunkedReader } from '../../../../../src/gateway/accept/http1/chunked-reader.ts';

const rules = { maxTrailerBytes: 200, maxTrailers: 5 };

interface Outcome {
  /** What may be passed on. */
  readonly passed: string;
  readonly payload: number;
  readonly done: boolean;
  readonly fault: string | undefined;
  readonly trailers: readonly string[];
  /** What does not belong to the body any more. */
  readonly rest: string;
}

/** Reads the pieces one after the other. */
function read(pieces: readonly string[]): Outcome {
  const reader = new ChunkedReader(rules);
  let passed = '';
  let payload = 0;
  let rest = '';
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    if (reader.done) {
      rest += piece;
      continue;
    }
    if (reader.fault !== undefined) break;
    const end = reader.read(bytes, 0);
    for (let i = 0; i + 1 < reader.spans.length; i += 2) {
      passed += bytes.toString('latin1', reader.spans[i], reader.spans[i + 1]);
    }
    payload += reader.payload;
    if (reader.done) rest += bytes.toString('latin1', end);
  }
  const { done, fault, trailers } = reader;
  return { passed, payload, done, fault, trailers, rest };
}

function cutAt(text: string, ...places: readonly number[]): string[] {
  const ends = [...places, text.length];
  return ends.map((end, index) => text.slice(index === 0 ? 0 : ends[index - 1], end));
}

/** Of a body that is in order: whole, in two pieces cut anywhere, and byte by byte. */
function assertReads(text: string, expected: Partial<Outcome>): void {
  const cuts = [[text], [...text], ...Array.from({ length: text.length }, (_, at) => cutAt(text, at))];
  for (const pieces of cuts) {
    const outcome = read(pieces);
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(outcome[key as keyof Outcome], value, `${key} of ${JSON.stringify(pieces)}`);
    }
  }
}

describe('a body in order', () => {
  test('passes as it is, up to its last chunk', () => {
    assertReads('3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n', {
      passed: '3\r\nabc\r\nA\r\n0123456789\r\n',
      payload: 13,
      done: true,
      fault: undefined,
      rest: '',
    });
  });

  test('may be empty', () => assertReads('0\r\n\r\n', { passed: '', payload: 0, done: true }));

  test('ends where it ends: what follows is not its', () => {
    assertReads('1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n', {
      passed: '1\r\na\r\n',
      done: true,
      rest: 'GET / HTTP/1.1\r\n',
    });
  });

  test('passes without its extensions', () => {
    assertReads('3;a\r\nabc\r\n2;b=c;d="e\\"; f"\r\nde\r\n0;last=1\r\n\r\n', {
      passed: '3\r\nabc\r\n2\r\nde\r\n',
      payload: 5,
      done: true,
      fault: undefined,
    });
  });

  test('passes without zeros before a size', () => {
    assertReads('0003\r\nabc\r\n000010\r\n0123456789abcdef\r\n0000\r\n\r\n', {
      passed: '3\r\nabc\r\n10\r\n0123456789abcdef\r\n',
      done: true,
    });
  });

  test('gives its trailers out, and passes none', () => {
    assertReads('1\r\na\r\n0\r\nX-A: 1\r\nX-B:  two \r\n\r\nrest', {
      passed: '1\r\na\r\n',
      trailers: ['X-A', '1', 'X-B', 'two'],
      done: true,
      rest: 'rest',
    });
  });

  test('may hold what looks like its end', () => {
    assertReads('5\r\n0\r\n\r\n\r\n0\r\n\r\n', { passed: '5\r\n0\r\n\r\n\r\n', payload: 5, done: true });
  });
});

const broken: Readonly<Record<string, string>> = {
  'no size': '\r\nabc',
  'a size that is no number': 'x\r\nabc',
  'a signed size': '+3\r\nabc',
  'a negative size': '-3\r\nabc',
  'a size with a prefix': '0x3\r\nabc',
  'a space before the size': ' 3\r\nabc',
  'a space behind the size': '3 \r\nabc',
  'a size beyond all numbers': '20000000000000\r\nabc',
  'a size of many digits': `${'f'.repeat(40)}\r\nabc`,
  'a line feed alone behind the size': '3\nabc',
  'a carriage return alone behind the size': '3\rabc',
  'a chunk longer than its size': '3\r\nabcd\r\n',
  'a chunk without a line end': '3\r\nabc0\r\n\r\n',
  'a line feed alone behind the chunk': '3\r\nabc\n0\r\n\r\n',
  'a carriage return alone behind the chunk': '3\r\nabc\r0\r\n\r\n',
  'an empty extension': '3;\r\nabc',
  'an extension without a name': '3;=a\r\nabc',
  'an extension without a value': '3;a=\r\nabc',
  'a space in an extension': '3; a\r\nabc',
  'a space behind an extension': '3;a \r\nabc',
  'a line feed in an extension': '3;a\nb\r\nabc',
  'a carriage return in an extension': '3;a\rb\r\nabc',
  'a NUL in a quoted extension': '3;a="\0"\r\nabc',
  'bytes behind a quoted extension': '3;a="b"c\r\nabc',
  'an extension without an end': `3;${'a'.repeat(20_000)}`,
  'a folded trailer': '0\r\nX: 1\r\n folded\r\n\r\n',
  'a trailer without a colon': '0\r\ntrailer\r\n\r\n',
  'a trailer that ends in a line feed': '0\r\nX: 1\n\r\n',
  'a trailer that gives a length': '0\r\nContent-Length: 5\r\n\r\n',
  'a trailer that gives a coding': '0\r\nX: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  'too many trailers': `0\r\n${'X: 1\r\n'.repeat(6)}\r\n`,
  'trailers without an end': `0\r\nX: ${'a'.repeat(300)}`,
};

for (const [what, text] of Object.entries(broken)) {
  test(`${what} is a fault, wherever it is cut, and nothing of it passes but what came before`, () => {
    const cuts = [[text], [...text], ...Array.from({ length: Math.min(60, text.length) }, (_, at) => cutAt(text, at))];
    for (const pieces of cuts) {
      const outcome = read(pieces);
      assert.notEqual(outcome.fault, undefined, JSON.stringify(pieces).slice(0, 200));
      assert.equal(outcome.done, false);
      assert.match(
        outcome.passed,
        /^(?:[1-9a-f][0-9a-f]*(?:\r(?:\n(?:a|ab|abc|abc\r)?)?)?)?$/,
        JSON.stringify(pieces).slice(0, 200),
      );
    }
  });
}

test('what is written in chunks comes out as it went in, however it is cut', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const extension = fc.constantFrom('', ';a', ';a=b', ';a="b c;d"', ';a;b=c');
  fc.assert(
    fc.property(
      fc.array(fc.tuple(chunk, extension, fc.nat(3)), { maxLength: 6 }),
      fc.array(fc.nat(300), { maxLength: 8 }),
      (chunks, places) => {
        let text = '';
        let plain = '';
        for (const [bytes, ext, zeros] of chunks) {
          const data = Buffer.from(bytes).toString('latin1');
          const size = data.length.toString(16);
          text += `${'0'.repeat(zeros)}${size}${ext}\r\n${data}\r\n`;
          plain += `${size}\r\n${data}\r\n`;
        }
        text += '0\r\n\r\nrest';
        const sorted = places.map((place) => Math.min(place, text.length)).sort((a, b) => a - b);
        const outcome = read(cutAt(text, ...sorted));
        assert.deepEqual([outcome.passed, outcome.done, outcome.rest], [plain, true, 'rest']);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});
