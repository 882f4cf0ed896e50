// The strict reader of request heads: every vector is also cut at every byte, where a prefix may be incomplete or say the
// same as the whole, and nothing else.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readFields } from '../../../../../src/gateway/accept/head-fields.ts';
import { FieldMemory } from '../../../../../src/gateway/accept/http1/field-memory.ts';
import {
  createRequestHeadParser,
  type ParsedRequestHead,
  type RequestHeadResult,
} from '../../../../../src/gateway/accept/http1/request-head-parser.ts';

const rules = { maxHeadBytes: 1000, maxFields: 10 };
const parse = createRequestHeadParser(rules);

function head(...lines: readonly string[]): string {
  return `${['GET /x HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n`;
}

function read(text: string): RequestHeadResult {
  return parse(Buffer.from(text, 'latin1'), 0);
}

function assertSameFields({
  fields: { hosts, contentLengths, transferEncodings },
  rawHeaders,
}: ParsedRequestHead): void {
  assert.deepEqual({ hosts, contentLengths, transferEncodings }, readFields(rawHeaders));
}

/** What the shortest prefix says that says anything. */
function firstWord(text: string): RequestHeadResult {
  for (let length = 0; length < text.length; length += 1) {
    const result = read(text.slice(0, length));
    if (result.kind !== 'incomplete') return result;
  }
  return read(text);
}

describe('a plain head', () => {
  const text =
    'POST /a?b=%20 HTTP/1.1\r\nHost: a.test\r\nX-A:1\r\nx-b: \t two words \t\r\nEmpty:\r\nUmlaut: \xfc\r\n\r\n';

  test('is read as it stands', () => {
    const result = read(text);
    assert.ok(result.kind === 'head');
    assert.deepEqual([result.method, result.target, result.httpVersion], ['POST', '/a?b=%20', '1.1']);
    assert.deepEqual(result.rawHeaders, [
      'Host',
      'a.test',
      'X-A',
      '1',
      'x-b',
      'two words',
      'Empty',
      '',
      'Umlaut',
      '\xfc',
    ]);
    assert.equal(result.end, text.length);
    assertSameFields(result);
    assert.equal(result.close, false);
  });

  test('is incomplete up to its last byte', () => {
    for (let length = 0; length < text.length; length += 1) {
      assert.equal(read(text.slice(0, length)).kind, 'incomplete', `${length}`);
    }
  });

  test('is found behind other bytes and before others', () => {
    const bytes = Buffer.from(`rest${text}GET / HTTP/1.1\r\n`, 'latin1');
    const result = parse(bytes, 4);
    assert.ok(result.kind === 'head');
    assert.equal(result.target, '/a?b=%20');
    assert.equal(result.end, 4 + text.length);
  });
});

test('the fields that decide about the request are found in any letter case, with all their values', () => {
  const result = read(head('CONTENT-LENGTH: 5', 'hOST: b', 'Transfer-encoding: chunked', 'content-length: 6'));
  assert.ok(result.kind === 'head');
  assert.deepEqual(result.fields.hosts, ['a', 'b']);
  assert.deepEqual(result.fields.contentLengths, ['5', '6']);
  assert.deepEqual(result.fields.transferEncodings, ['chunked']);
});

test('the wish to close the connection is read from every Connection field', () => {
  const close = (...lines: string[]): boolean => {
    const result = read(head(...lines));
    assert.ok(result.kind === 'head');
    return result.close;
  };
  for (const value of ['close', 'CLOSE', 'x, close', 'close,x', ' close ,'])
    assert.equal(close(`Connection: ${value}`), true);
  assert.equal(close('Connection: keep-alive', 'connection: close'), true);
  for (const value of ['keep-alive', 'closed', 'x-close', 'close x', 'not-close, x', '']) {
    assert.equal(close(`Connection: ${value}`), false, value);
  }
});

const invalid: Readonly<Record<string, string>> = {
  'a folded line': head('X-A: 1', ' folded'),
  'a line that begins with a tab': head('X-A: 1', '\tfolded'),
  'a space before the colon': head('X-A : 1'),
  'a tab before the colon': head('X-A\t: 1'),
  'a space in a name': head('X A: 1'),
  'a name of no bytes': head(': 1'),
  'no colon': head('X-A'),
  'a NUL in a value': head('X-A: 1\0'),
  'a control character in a value': head('X-A: \x01'),
  'DEL in a value': head('X-A: \x7f'),
  'a vertical tab in a value': head('X-A: \x0b1'),
  'a NUL in a name': head('X-\0A: 1'),
  'a byte beyond ASCII in a name': head('X-\xc4: 1'),
  'a separator in a name': head('X(A): 1'),
  'a line feed alone behind a field': head('X-A: 1\nX-B: 2'),
  'a carriage return alone in a value': head('X-A: 1\rX-B: 2'),
  'a doubled carriage return': head('X-A: 1\r'),
  'a line feed alone at the end': 'GET / HTTP/1.1\r\nHost: a\r\n\n',
  'a carriage return alone at the end': 'GET / HTTP/1.1\r\nHost: a\r\n\rX: 1\r\n\r\n',
  'line feeds alone': 'GET / HTTP/1.1\nHost: a\n\n',
  'two spaces behind the version': 'GET / HTTP/1.1 \r\nHost: a\r\n\r\n',
  'two spaces before the version': 'GET /  HTTP/1.1\r\nHost: a\r\n\r\n',
  'a tab for a space': 'GET /\tHTTP/1.1\r\nHost: a\r\n\r\n',
  'a NUL in the target': 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a byte beyond ASCII in the target': 'GET /\xfc HTTP/1.1\r\nHost: a\r\n\r\n',
  'no target': 'GET\r\nHost: a\r\n\r\n',
  'no version': 'GET /\r\nHost: a\r\n\r\n',
  'a space first': ' GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method in no alphabet': 'G@T / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a TLS record': '\x16\x03\x01\x02\x00\x01\x00',
};

const notSimple: Readonly<Record<string, string>> = {
  'an empty line first': `\r\n${head()}`,
  'a line feed first': `\n${head()}`,
  'HTTP/1.0': 'GET / HTTP/1.0\r\n\r\n',
  'HTTP/2.0': 'GET / HTTP/2.0\r\n\r\n',
  'a version in lower case': 'GET / http/1.1\r\nHost: a\r\n\r\n',
  'a version of more digits': 'GET / HTTP/1.10\r\nHost: a\r\n\r\n',
  'two spaces before the target': 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  'an absolute target': 'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
  'an asterisk': 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
  'an authority': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method in lower case': 'get / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method that nobody knows': 'GOT / HTTP/1.1\r\nHost: a\r\n\r\n',
  'an expectation': head('eXpect: 100-continue'),
  'a switch of protocols': head('Connection: upgrade', 'Upgrade: websocket'),
  'too many fields': head(...Array.from({ length: 10 }, (_, i) => `X-${i}: 1`)),
  'too many bytes': head(`X-A: ${'a'.repeat(1000)}`),
  'too long a target': `GET /${'a'.repeat(1000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
};

describe('what is no plain head', () => {
  for (const [what, text] of Object.entries(invalid)) {
    test(`${what} is invalid, wherever it is cut`, () => {
      assert.ok(['invalid', 'not-simple'].includes(read(text).kind));
      assert.ok(['invalid', 'not-simple'].includes(firstWord(text).kind));
    });
  }
  for (const [what, text] of Object.entries(notSimple)) {
    test(`${what} is left to another parser, wherever it is cut`, () => {
      const first = firstWord(text);
      assert.ok(first.kind === 'not-simple' || first.kind === 'invalid', first.kind);
      assert.notEqual(read(text).kind, 'head');
    });
  }
});

test('exactly as much as is allowed is allowed', () => {
  assert.equal(read(head(...Array.from({ length: 9 }, (_, i) => `X-${i}: 1`))).kind, 'head');
  const room = rules.maxHeadBytes - head('X-A: ').length;
  assert.equal(read(head(`X-A: ${'a'.repeat(room)}`)).kind, 'head');
  assert.equal(read(head(`X-A: ${'a'.repeat(room + 1)}`)).kind, 'not-simple');
});

test('line feeds alone end lines where that is asked for, and carriage returns alone never do', () => {
  const lenient = createRequestHeadParser({ ...rules, bareLineFeeds: true });
  const result = lenient(Buffer.from('GET / HTTP/1.1\nHost: a\nX-A: 1\r\n\n'), 0);
  assert.ok(result.kind === 'head');
  assert.deepEqual(result.rawHeaders, ['Host', 'a', 'X-A', '1']);
  assert.equal(lenient(Buffer.from('GET / HTTP/1.1\rHost: a\r\r'), 0).kind, 'invalid');
  assert.equal(lenient(Buffer.from('GET / HTTP/1.1\nX-A: 1\rb\n\n'), 0).kind, 'invalid');
});

describe('the memory of a connection', () => {
  const line = 'GET /x HTTP/1.1\r\n';
  const readWith = (memory: FieldMemory, text: string, parser = parse): ParsedRequestHead => {
    const result = parser(Buffer.from(text, 'latin1'), 0, memory);
    assert.ok(result.kind === 'head', JSON.stringify(result));
    return result;
  };

  test('spares reading equal fields again, whatever is asked for', () => {
    const memory = new FieldMemory();
    const fields = 'Host: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\n';
    const first = readWith(memory, `${line}${fields}abc`);
    const second = readWith(memory, `POST /other HTTP/1.1\r\n${fields}abc`);
    assert.equal(second.rawHeaders, first.rawHeaders);
    assert.equal(second.fields, first.fields);
    assert.deepEqual([second.method, second.target, second.close], ['POST', '/other', true]);
    assert.equal(second.end, 'POST /other HTTP/1.1\r\n'.length + fields.length);
  });

  test('is of no use where a byte differs, one is missing or one is too many', () => {
    const texts = ['Host: a\r\n\r\n', 'Host: b\r\n\r\n', 'Host: a\r\nX: 1\r\n\r\n', 'Host:  a\r\n\r\n'];
    for (const one of texts) {
      for (const other of texts) {
        const memory = new FieldMemory();
        readWith(memory, line + one);
        assert.deepEqual(readWith(memory, line + other), readWith(new FieldMemory(), line + other));
        for (let length = 0; length < other.length; length += 1) {
          assert.equal(parse(Buffer.from(line + other.slice(0, length)), 0, memory).kind, 'incomplete');
        }
      }
    }
  });

  test('does not get around other limits', () => {
    const memory = new FieldMemory();
    const text = `${line}Host: a\r\nX-A: 1\r\n\r\n`;
    readWith(memory, text);
    assert.equal(createRequestHeadParser({ ...rules, maxFields: 1 })(Buffer.from(text), 0, memory).kind, 'not-simple');
    const long = Buffer.from(`GET /${'a'.repeat(rules.maxHeadBytes)} HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\r\n`);
    assert.equal(parse(long, 0, memory).kind, 'not-simple');
  });

  test('gives up on a client that never repeats itself, and on large heads', () => {
    const memory = new FieldMemory();
    for (let i = 0; i < 20; i += 1) {
      assert.deepEqual(readWith(memory, `${line}Host: a${i}\r\n\r\n`).rawHeaders, ['Host', `a${i}`]);
    }
    const again = readWith(memory, `${line}Host: a19\r\n\r\n`);
    assert.notEqual(readWith(memory, `${line}Host: a19\r\n\r\n`).rawHeaders, again.rawHeaders);
    const wide = createRequestHeadParser({ maxHeadBytes: 10_000, maxFields: 10 });
    const large = `${line}Host: a\r\nX-A: ${'a'.repeat(3000)}\r\n\r\n`;
    const fresh = new FieldMemory();
    assert.notEqual(readWith(fresh, large, wide).rawHeaders, readWith(fresh, large, wide).rawHeaders);
  });
});

describe('of arbitrary bytes', () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
  const value = fc.stringMatching(/^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e\x80-\xff])?$/);
  const names = token.filter((name) => !['expect', 'upgrade'].includes(name.toLowerCase()));
  const blank = fc.stringMatching(/^[\t ]{0,3}$/);

  test('a head that was written by the grammar is read as it was written', () => {
    const field = fc.tuple(names, blank, value, blank);
    fc.assert(
      fc.property(fc.stringMatching(/^\/[\x21-\x7e]{0,30}$/), fc.array(field, { maxLength: 9 }), (target, fields) => {
        const lines = fields.map(([name, before, text, after]) => `${name}:${before}${text}${after}\r\n`);
        const result = read(`GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
        assert.ok(result.kind === 'head', JSON.stringify(result));
        assert.equal(result.target, target);
        assert.deepEqual(
          result.rawHeaders,
          fields.flatMap(([name, , text]) => [name, text]),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('a head that is read can be written anew and read the same, and its values end no line', () => {
    const pieces = fc.constantFrom(
      ...[
        'GET ',
        '/',
        ' HTTP/1.1',
        '\r\n',
        '\n',
        '\r',
        ' ',
        '\t',
        ':',
        'Host: a',
        'X',
        '\0',
        'Content-Length: 1',
        '\xff',
      ],
    );
    const text = fc.array(pieces, { maxLength: 20 }).map((all) => all.join(''));
    fc.assert(
      fc.property(text, (tail) => {
        const result = read(`GET / HTTP/1.1\r\n${tail}\r\n\r\n`);
        if (result.kind !== 'head') return;
        const lines: string[] = [];
        for (let i = 0; i < result.rawHeaders.length; i += 2) {
          lines.push(`${result.rawHeaders[i]}: ${result.rawHeaders[i + 1]}\r\n`);
        }
        assert.doesNotMatch(result.rawHeaders.join(''), /[\0\r\n]/);
        const again = read(`GET ${result.target} HTTP/1.1\r\n${lines.join('')}\r\n`);
        assert.ok(again.kind === 'head');
        assert.deepEqual(again.rawHeaders, result.rawHeaders);
        assertSameFields(result);
      }),
      { seed: 2, numRuns: 1000 },
    );
  });
});
