// The choice of a route by path, in the order of nginx.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MatchConfig } from '../../../../src/config/schema.ts';
import type { Guard } from '../../../../src/gateway/authorize/guard.ts';
import { maxRegexPathLength } from '../../../../src/gateway/authorize/route-lookup.ts';
import { createRouteTable } from '../../../../src/gateway/authorize/route-table.ts';

interface Route {
  readonly match: MatchConfig;
  readonly guard: Guard;
  readonly name: string;
}

const everyone: Guard = { mode: 'none', rules: undefined, denials: undefined };
const admins: Guard = { mode: 'required', rules: 'admins', denials: undefined };

/** `= /x` exact, `~ x` a regular expression, anything else a prefix: as in nginx. */
function route(name: string, guard = everyone): Route {
  const [kind, text] = name.split(' ');
  if (kind === '=') return { name, guard, match: { kind: 'exact', path: text as string } };
  if (kind === '~') return { name, guard, match: { kind: 'regex', source: text as string } };
  return { name, guard, match: { kind: 'prefix', path: name } };
}

function chosen(path: string, ...names: string[]): string | undefined {
  return createRouteTable(names.map((name) => route(name))).choose(path)?.name;
}

test('exact before regular expression before prefix', () => {
  const names = ['/a', '~ ^/a', '= /a', '~ b'];
  assert.equal(chosen('/a', ...names), '= /a');
  assert.equal(chosen('/a/', ...names), '~ ^/a');
  assert.equal(chosen('/x/b', ...names), '~ b');
  assert.equal(chosen('/c', '/', ...names), '/');
  assert.equal(chosen('/c', ...names), undefined);
});

test('the first regular expression of the file wins, the longest prefix wherever it stands', () => {
  assert.equal(chosen('/ab', '~ ^/a', '~ ^/ab'), '~ ^/a');
  assert.equal(chosen('/ab', '~ ^/ab', '~ ^/a'), '~ ^/ab');
  assert.equal(chosen('/ab/c', '/ab/', '/', '/a'), '/ab/');
});

test('a prefix is a plain string: a guard on it covers whatever begins so', () => {
  assert.equal(chosen('/adminx', '/', '/admin'), '/admin');
  assert.equal(chosen('/admin.json', '/', '/admin'), '/admin');
  assert.equal(chosen('/adm', '/', '/admin'), '/');
  assert.equal(chosen('/admin', '/', '/admin/'), '/');
});

test('an exact path is that path alone', () => {
  assert.equal(chosen('/a/', '= /a'), undefined);
  assert.equal(chosen('/a/b', '= /a'), undefined);
  assert.equal(chosen('/A', '= /a'), undefined);
  assert.equal(chosen('/constructor', '= /a'), undefined);
});

test('of equal paths the first counts', () => {
  for (const kind of ['exact', 'prefix'] as const) {
    const [first, second] = ['first', 'second'].map((name) => ({ name, guard: everyone, match: { kind, path: '/a' } }));
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(createRouteTable([first, second]).choose('/a'), first);
  }
});

test('no routes, no choice', () => {
  assert.equal(chosen('/'), undefined);
});

test('a path of the file is found encoded and decoded', () => {
  for (const path of ['/my docs', '/münchen', '/{a}', '/a|b']) {
    const table = createRouteTable([route('/'), { name: path, guard: everyone, match: { kind: 'prefix', path } }]);
    assert.equal(table.choose(`${encodeURI(path)}/x`)?.name, path);
    assert.equal(table.choose(Buffer.from(`${path}/x`, 'utf8').toString('latin1'))?.name, path);
  }
});

test('a path too long for regular expressions belongs to no route where there are any', () => {
  const path = `/${'a'.repeat(maxRegexPathLength)}`;
  assert.equal(chosen(path, '/', '~ b'), undefined);
  assert.equal(chosen(path.slice(1), '/', '~ ^a'), '~ ^a');
  assert.equal(chosen(path, '/'), '/');
});

test('ten thousand routes are no slower to choose from than a few: none is asked twice', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => route(`${i % 2 === 0 ? '= ' : ''}/service-${i}`));
  const table = createRouteTable([...many, route('/')]);
  assert.equal(table.choose('/service-9998')?.name, '= /service-9998');
  assert.equal(table.choose('/service-9999/x')?.name, '/service-9999');
  const start = performance.now();
  for (let i = 0; i < 20_000; i += 1) table.choose(`/service-${i}/x`);
  assert.ok(performance.now() - start < 2000, 'a search through all routes would take many times as long');
});

function agrees(path: string, routes: readonly Route[]): boolean {
  const table = createRouteTable(routes);
  const found = table.choose(path);
  assert.ok(found !== undefined);
  return table.agreesInAnyCase(path, found);
}

test('letter case that would lead to a stricter route is seen', () => {
  const routes = [route('/'), route('/admin', admins)];
  assert.equal(agrees('/ADMIN/x', routes), false);
  assert.equal(agrees('/Adminx', routes), false);
  assert.equal(agrees('/admin/X', routes), true);
  assert.equal(agrees('/Other', routes), true);
});

test('letter case of the file is no different', () => {
  const routes = [route('/'), route('/Admin', admins)];
  assert.equal(agrees('/admin', routes), false);
  assert.equal(agrees('/Admin', routes), true);
});

test('letter case of letters beyond ASCII', () => {
  assert.equal(agrees('/\xe2\x84\xaaeys', [route('/'), route('/keys', admins)]), false, 'the Kelvin sign');
  assert.equal(agrees('/\xc3\x84', [route('/'), route('/ä', admins)]), false);
  assert.equal(agrees('/\xc3\xa4', [route('/'), route('/ä', admins)]), true);
});

test('letter case and regular expressions', () => {
  const routes = [route('~ ^/admin', admins), route('/')];
  assert.equal(agrees('/ADMIN', routes), false);
  assert.equal(agrees('/admin', routes), true);
});

test('letter case that leads to a laxer or equal route does no harm', () => {
  assert.equal(agrees('/HEALTH', [route('/', admins), route('= /health')]), true);
  assert.equal(agrees('/API', [route('/', admins), route('/api', admins), route('/x')]), true);
  const optional: Guard = { mode: 'optional', rules: undefined, denials: undefined };
  assert.equal(agrees('/API', [route('/', optional), route('/api', everyone)]), true);
  assert.equal(agrees('/API', [route('/', everyone), route('/api', optional)]), false);
});

test('routes that differ in letter case alone are told apart', () => {
  const routes = [route('/'), route('/API', admins), route('/api')];
  assert.equal(agrees('/API', routes), true);
  assert.equal(agrees('/api', routes), true);
  assert.equal(agrees('/Api', routes), false);
});
