// The choice of a server by host, compared with a search through all names.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createServerTable } from '../../../../src/gateway/authorize/server-table.ts';

interface Server {
  readonly id: string;
  readonly config: { readonly names: readonly string[] };
}

function server(...names: string[]): Server {
  return { id: names.join(' '), config: { names } };
}

/** The names of the server that the host belongs to; each argument is one server's names. */
function chosen(host: string, ...servers: string[]): string {
  const [first = '', ...others] = servers;
  const parse = (names: string) => server(...names.split(' ').filter((name) => name !== ''));
  return createServerTable([parse(first), ...others.map(parse)])(host).id;
}

test('an exact name', () => {
  assert.equal(chosen('b.example', 'a.example', 'b.example c.example'), 'b.example c.example');
  assert.equal(chosen('c.example', 'a.example', 'b.example c.example'), 'b.example c.example');
});

test('exact before wildcard, the longest wildcard before others', () => {
  const servers = ['default.example', '*.example', '*.b.example', 'a.b.example'] as const;
  assert.equal(chosen('a.b.example', ...servers), 'a.b.example');
  assert.equal(chosen('x.b.example', ...servers), '*.b.example');
  assert.equal(chosen('x.y.b.example', ...servers), '*.b.example');
  assert.equal(chosen('b.example', ...servers), '*.example');
  assert.equal(chosen('x.y.example', ...servers), '*.example');
});

test('a wildcard is not its own domain, nor one that merely ends alike, nor itself as a host', () => {
  for (const host of ['example', '.example', 'xexample', 'x.notexample', '*.example', 'x.example.org']) {
    assert.equal(chosen(host, 'default', '*.example'), 'default', host);
  }
});

test('what nobody has a name for goes to the server without names', () => {
  assert.equal(chosen('x.test', 'a.example', '', 'b.example'), '');
  assert.equal(chosen('', 'a.example', ''), '');
});

test('or else to the first server', () => {
  assert.equal(chosen('x.test', 'a.example', 'b.example'), 'a.example');
  assert.equal(chosen('', 'a.example', 'b.example'), 'a.example');
});

test('of equal names the first counts', () => {
  const first = server('a.example');
  assert.equal(createServerTable([first, server('a.example')])('a.example'), first);
});

test('an IPv6 address is the same however it is written', () => {
  assert.equal(chosen('[0:0:0::1]', 'a.example', '[::1]'), '[::1]');
  assert.equal(chosen('[::1]', 'a.example', '[::1]'), '[::1]');
  assert.equal(chosen('[::2]', 'a.example', '[::1]'), 'a.example');
});

test('names of the prototype are nobody', () => {
  assert.equal(chosen('constructor', 'a.example', 'b.example'), 'a.example');
  assert.equal(chosen('__proto__', 'a.example', 'b.example'), 'a.example');
});

test('an endless host costs nothing', () => {
  const choose = createServerTable([server('default'), server('*.b')]);
  const host = `${'a.'.repeat(8000)}b`;
  const start = performance.now();
  for (let i = 0; i < 100; i += 1) assert.equal(choose(`${host}${i % 10}`).id, 'default');
  assert.ok(performance.now() - start < 1000, 'a look at each of its endings would take seconds');
  assert.equal(choose(`${'a.'.repeat(127)}b`).id, '*.b', 'the longest that DNS allows');
});

test('never throws, and finds what a search through all names finds', () => {
  const label = fc.constantFrom('a', 'b', 'example');
  const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
  const names = fc.array(
    fc.oneof(
      name,
      name.map((text) => `*.${text}`),
    ),
    { maxLength: 3 },
  );
  const host = fc.oneof({ weight: 4, arbitrary: name }, fc.string(), fc.constantFrom('[', '[]', '[%', '[::1%x]'));
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 4 }), host, (lists, sought) => {
      const [first, ...others] = lists.map((list) => server(...list)) as [Server, ...Server[]];
      const servers = [first, ...others];
      const having = (wanted: string) => servers.find(({ config }) => config.names.includes(wanted));
      const wildcards = servers
        .flatMap(({ config }) => config.names)
        .filter((text) => text.startsWith('*.') && sought.endsWith(text.slice(1)) && sought.length >= text.length)
        .sort((a, b) => b.length - a.length);
      const expected =
        having(sought) ??
        having(wildcards[0] ?? '?') ??
        servers.find(({ config }) => config.names.length === 0) ??
        first;
      assert.equal(createServerTable([first, ...others])(sought), expected);
    }),
    { seed: 8, numRuns: 3000 },
  );
});
