// Heads of requests that are taken, beside the ones a letter away that are not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ErrorCode } from '../../../../src/errors.ts';
import { inspectRequestHead } from '../../../../src/gateway/accept/inspect.ts';
import type { RequestHead } from '../../../../src/gateway/accept/request-head.ts';

const plain: RequestHead = { method: 'GET', target: '/', httpVersion: '1.1', rawHeaders: ['Host', 'a.example'] };

function inspect(facts: Partial<RequestHead>) {
  return inspectRequestHead({ ...plain, ...facts });
}

/** The parts that the case is about; the rest is as in `plain`. */
function accepts(name: string, facts: Partial<RequestHead>, expected: Record<string, string> = {}): void {
  test(`accepted: ${name}`, () => {
    const result = inspect(facts);
    assert.equal(result.kind, 'ok', JSON.stringify(result));
    assert.deepEqual(result, { ...result, ...expected });
  });
}

function refuses(name: string, code: ErrorCode, facts: Partial<RequestHead>): void {
  test(`refused: ${name}`, () => {
    const result = inspect(facts);
    assert.equal(result.kind === 'refused' ? result.code : result.kind, code);
  });
}

const host = ['Host', 'a.example'];

accepts('a plain request', {}, { host: 'a.example', authority: 'a.example', target: '/', path: '/', query: '' });

// Versions.
accepts('HTTP/1.0 with Host', { httpVersion: '1.0' }, { host: 'a.example' });
accepts('HTTP/1.0 without Host', { httpVersion: '1.0', rawHeaders: [] }, { host: '', authority: '' });
accepts('HTTP/2', { httpVersion: '2.0', rawHeaders: ['host', 'a.example'] }, { host: 'a.example' });
for (const httpVersion of ['0.9', '1.2', '2.1', '3.0', '', '1', '1.1 ']) {
  refuses(`HTTP/${httpVersion}`, 'http-version-unsupported', { httpVersion });
}

// Methods.
for (const method of ['GET', 'POST', 'OPTIONS', 'M-SEARCH', 'VERSION-CONTROL', 'MADE_UP']) {
  accepts(`method ${method}`, { method });
}
for (const method of ['get', 'Get', '', 'G ET', 'GET\r\n', 'GÉT', 'GET/', 'GET\0', '(GET)']) {
  refuses(`method ${JSON.stringify(method)}`, 'request-invalid', { method });
}
refuses('CONNECT', 'method-not-allowed', { method: 'CONNECT', target: 'a.example:443' });
refuses('TRACE', 'method-not-allowed', { method: 'TRACE' });
refuses('the preface of HTTP/2', 'request-invalid', { method: 'PRI', target: '*', httpVersion: '2.0' });

// Host.
accepts(
  'Host with port and trailing dot',
  { rawHeaders: ['HOST', 'OPEN.test.:38447'] },
  {
    host: 'open.test',
    authority: 'OPEN.test.:38447',
  },
);
accepts('Host with an IPv6 address', { rawHeaders: ['host', '[::1]:8443'] }, { host: '[::1]' });
accepts('the same Host twice in HTTP/2, from :authority', { httpVersion: '2.0', rawHeaders: [...host, ...host] });
refuses('no Host', 'request-invalid', { rawHeaders: [] });
refuses('no Host in HTTP/2', 'request-invalid', { httpVersion: '2.0', rawHeaders: [] });
refuses('two Hosts', 'request-invalid', { rawHeaders: [...host, 'host', 'b.example'] });
refuses('the same Host twice', 'request-invalid', { rawHeaders: [...host, ...host] });
refuses('two Hosts in HTTP/1.0', 'request-invalid', { httpVersion: '1.0', rawHeaders: [...host, ...host] });
refuses('two Hosts in HTTP/2', 'request-invalid', { httpVersion: '2.0', rawHeaders: [...host, 'host', 'b.example'] });
refuses('three Hosts in HTTP/2', 'request-invalid', { httpVersion: '2.0', rawHeaders: [...host, ...host, ...host] });
refuses('an empty Host', 'request-invalid', { rawHeaders: ['Host', ''] });
refuses('an empty Host in HTTP/1.0', 'request-invalid', { httpVersion: '1.0', rawHeaders: ['Host', ''] });
for (const value of ['a/../b', 'a?b', 'a#b', 'u@a', 'a\\b', 'a b', 'a\tb', 'ä', 'a..b', 'a, b']) {
  refuses(`Host ${JSON.stringify(value)}`, 'request-invalid', { rawHeaders: ['Host', value] });
}

// Targets.
accepts('a path with a query', { target: '/a/b?c=d?e' }, { target: '/a/b?c=d?e', path: '/a/b', query: 'c=d?e' });
accepts('a path with an empty query', { target: '/a?' }, { target: '/a?', path: '/a', query: '' });
accepts('escapes, untouched', { target: '/%61%2f?%zz' }, { target: '/%61%2f?%zz', path: '/%61%2f' });
accepts('what looks like an authority, as a path', { target: '//evil/x' }, { path: '//evil/x', host: 'a.example' });
accepts(
  'absolute-form',
  { target: 'http://Abs.Example:99/x?y', rawHeaders: ['Host', 'other'] },
  {
    host: 'abs.example',
    authority: 'Abs.Example:99',
    target: '/x?y',
    path: '/x',
    query: 'y',
  },
);
accepts('absolute-form with https in capitals', { target: 'HTTPS://b.example/' }, { host: 'b.example', target: '/' });
accepts('absolute-form without path', { target: 'http://b.example' }, { target: '/', path: '/' });
accepts('absolute-form with a query alone', { target: 'http://b.example?q' }, { target: '/?q', path: '/', query: 'q' });
accepts(
  'absolute-form without Host in HTTP/1.0',
  { target: 'http://b.example/', httpVersion: '1.0', rawHeaders: [] },
  {
    host: 'b.example',
  },
);
refuses('absolute-form without Host in HTTP/1.1', 'request-invalid', { target: 'http://b.example/', rawHeaders: [] });
refuses('absolute-form beside a bad Host', 'request-invalid', {
  target: 'http://b.example/',
  rawHeaders: ['Host', 'a/b'],
});
for (const target of [
  '',
  '*',
  'a.example:443',
  '@evil',
  'evil/x',
  'ftp://a.example/',
  'file:///etc/passwd',
  'ws://a.example/',
  'http:/a.example/',
  'http:a',
  'http:///x',
  'http://',
  'http://u@a.example/',
  'http://u:p@a.example/',
  'http://a.example\\@b.example/',
  'http://a%2eexample/',
  'http://a:b:c/',
  '/a b',
  '/a\tb',
  '/a\r\nHost: b',
  '/a\0',
  '/\x7f',
  '/ä',
  '/?ä',
  '/?a b',
]) {
  refuses(`target ${JSON.stringify(target)}`, 'request-invalid', { target });
}
refuses('OPTIONS *', 'request-invalid', { method: 'OPTIONS', target: '*' });

// Where the body ends.
const withFields = (...fields: string[]): Partial<RequestHead> => ({
  method: 'POST',
  rawHeaders: [...host, ...fields],
});
const coding = 'Transfer-Encoding';
const length = 'Content-Length';
accepts('chunked', withFields(coding, 'chunked'));
accepts('chunked in capitals', withFields('TRANSFER-ENCODING', 'Chunked'));
accepts('a length', withFields(length, '5'));
accepts('a length of zero', withFields('content-length', '0'));
accepts('the greatest length', withFields(length, String(Number.MAX_SAFE_INTEGER)));
for (const value of [
  'gzip, chunked',
  'chunked, identity',
  'chunked, chunked',
  'xchunked',
  'cow',
  'identity',
  ',chunked',
]) {
  refuses(`coding ${value}`, 'transfer-coding-unknown', withFields(coding, value));
}
refuses('an empty coding', 'transfer-coding-unknown', withFields(coding, ''));
refuses('a coding with a tab', 'transfer-coding-unknown', withFields(coding, 'chunked\t'));
refuses('chunked twice', 'transfer-coding-unknown', withFields(coding, 'chunked', coding, 'chunked'));
refuses('cow and chunked', 'transfer-coding-unknown', withFields(coding, 'cow', coding, 'chunked'));
refuses('chunked and a length', 'request-invalid', withFields(coding, 'chunked', length, '5'));
refuses('a length and chunked', 'request-invalid', withFields(length, '5', coding, 'chunked'));
refuses('an unknown coding and a length', 'request-invalid', withFields(length, '5', coding, 'cow'));
for (const httpVersion of ['1.0', '2.0']) {
  refuses(`chunked in HTTP/${httpVersion}`, 'request-invalid', { ...withFields(coding, 'chunked'), httpVersion });
}
refuses('two lengths', 'request-invalid', withFields(length, '5', length, '6'));
refuses('the same length twice', 'request-invalid', withFields(length, '5', length, '5'));
for (const value of [
  '',
  '5, 5',
  '+5',
  '-5',
  '0x5',
  '5 ',
  ' 5',
  '5e1',
  '5.0',
  '٥',
  '9007199254740992',
  '1'.repeat(400),
]) {
  refuses(`length ${JSON.stringify(value.slice(0, 20))}`, 'request-invalid', withFields(length, value));
}

// Other fields.
accepts('all characters of a token', withFields("!#$%&'*+-.^_`|~09AZaz", 'x'));
accepts('a value beyond ASCII and a tab', withFields('X', 'caf\xe9\tx'));
accepts('a name of the prototype', withFields('__proto__', 'x', 'constructor', 'y'));
for (const name of ['', 'X Y', 'X:', 'X\t', ' X', 'Host ', 'X\0', 'X\r\nY', 'Ä', ':path', 'X(', 'X"']) {
  refuses(`header name ${JSON.stringify(name)}`, 'request-invalid', withFields(name, 'x'));
}
for (const value of ['a\r\nX: y', 'a\nb', 'a\rb', 'a\0b']) {
  refuses(`header value ${JSON.stringify(value)}`, 'request-invalid', withFields('X', value));
}

test('whatever comes in, it is refused or it is unambiguous', () => {
  const bytes = fc.string({ unit: fc.constantFrom(...'aZ09/:?#%@[].*\\ \r\n\t\0;,äÿ'), maxLength: 12 });
  const some = (...texts: string[]) =>
    fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...texts) }, bytes, fc.string());
  const field = fc.tuple(
    some('Host', 'host', length, coding, 'X-A', 'Connection'),
    some('a.example', 'b.example:1', '5', 'chunked', 'close'),
  );
  const head = fc.record({
    method: some('GET', 'POST', 'CONNECT'),
    target: some('/', '/a?b', 'http://b.example/x', '*'),
    httpVersion: some('1.1', '1.0', '2.0'),
    rawHeaders: fc.array(field, { maxLength: 4 }).map((fields) => fields.flat()),
  });
  let accepted = 0;
  fc.assert(
    fc.property(head, (candidate) => {
      const result = inspectRequestHead(candidate);
      if (result.kind === 'refused') {
        assert.match(result.reason, /^[^\0-\x1f]+$/, 'a reason is one line');
        return;
      }
      accepted += 1;
      const of = (name: string) =>
        candidate.rawHeaders.filter((_, i, all) => i % 2 === 1 && all[i - 1]?.toLowerCase() === name);
      assert.match(result.target, /^\/[!-~]*$/);
      assert.equal(result.target, result.path + (result.target.includes('?') ? `?${result.query}` : ''));
      assert.ok(candidate.target.endsWith(result.target) || result.target.startsWith('/?') || result.target === '/');
      assert.equal(result.host, result.host.toLowerCase());
      assert.ok(of('content-length').length + of('transfer-encoding').length <= 1);
      if (candidate.httpVersion === '1.1') assert.equal(of('host').length, 1);
    }),
    { seed: 2, numRuns: 5000 },
  );
  assert.ok(accepted > 100, `${accepted} accepted`);
});

test('many fields and long texts take little time', () => {
  const rawHeaders = Array.from({ length: 20_000 }, () => host).flat();
  assert.equal(inspect({ rawHeaders }).kind, 'refused');
  assert.equal(inspect({ target: `/${'a'.repeat(1 << 20)}` }).kind, 'ok');
  assert.equal(inspect({ rawHeaders: ['Host', `${'a.'.repeat(1 << 19)}/`] }).kind, 'refused');
});
