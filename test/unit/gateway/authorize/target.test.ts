// Paths that could mean two routes. The properties ask real and rebuilt programs what they make of a path.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MatchConfig } from '../../../../src/config/schema.ts';
import { type Guard, guardCovers } from '../../../../src/gateway/authorize/guard.ts';
import { Ambiguity } from '../../../../src/gateway/authorize/readings.ts';
import { createRouteTable } from '../../../../src/gateway/authorize/route-table.ts';
import { resolveTarget } from '../../../../src/gateway/authorize/target.ts';

interface Route {
  readonly match: MatchConfig;
  readonly guard: Guard;
}

const everyone: Guard = { mode: 'optional', rules: undefined, denials: undefined };
const admins: Guard = { mode: 'required', rules: 'admins', denials: undefined };

function prefix(path: string, guard = everyone): Route {
  return { guard, match: { kind: 'prefix', path } };
}

function textOf(route: Route): string {
  return route.match.kind === 'regex' ? route.match.source : route.match.path;
}

/** The text of the route, `none` or `ambiguous`. */
function resolve(path: string, routes: readonly Route[]): string {
  const found = resolveTarget(path, createRouteTable(routes));
  if (found instanceof Ambiguity) return 'ambiguous';
  return found === undefined ? 'none' : textOf(found);
}

const guarded = [prefix('/'), prefix('/admin', admins)];

test('plain paths go where they say', () => {
  assert.equal(resolve('/', guarded), '/');
  assert.equal(resolve('/x/y.z', guarded), '/');
  assert.equal(resolve('/admin', guarded), '/admin');
  assert.equal(resolve('/admin/x', guarded), '/admin');
  assert.equal(resolve('/Other', guarded), '/');
  assert.equal(resolve('/x', [prefix('/admin')]), 'none');
});

// Under the guard of /admin, or nowhere.
for (const path of [
  '/./admin',
  '/%2e/admin',
  '/x/../admin',
  '/x/..;/admin',
  '/x/%2e%2e/admin',
  '/x%2f..%2f..%2fadmin',
  '//admin',
  '///admin',
  '//evil/admin/x',
  '/\\admin',
  '/%5cadmin',
  '/%61dmin',
  '/%2561dmin',
  '/%2fadmin',
  '/ADMIN/x',
  '/Admin',
  '/%41DMIN',
  '/;/admin',
  '/.//admin/x',
  '/%c0%af/admin',
  '/admin/../x',
  '/admin/..',
  '/admin%2f..',
  '/admin%2f..%2fx',
  '/admin/%2e%2e/x',
]) {
  test(`${path} is ambiguous beside a guarded /admin`, () => assert.equal(resolve(path, guarded), 'ambiguous'));
}

test('what every reading puts under the guard is let to it', () => {
  for (const path of [
    '/admin%2fx',
    '/admin;a=1/x',
    '/admin//x',
    '/admin/x/../y',
    '/admin%3fx',
    '/admin/%2e/x',
    '/admin/%C3%A4',
  ]) {
    assert.equal(resolve(path, guarded), '/admin', path);
  }
});

test('the same tricks are harmless where there is one route', () => {
  const one = [prefix('/', admins)];
  for (const path of ['/./admin', '/x/..;/admin', '//evil/admin', '/%5cadmin', '/ADMIN', '/a%20b', '/%ff', '/100%25']) {
    assert.equal(resolve(path, one), '/', path);
  }
});

test('some paths are refused whatever the routes are', () => {
  for (const path of [
    '/admin%00',
    '/%0d%0a',
    '/admin#',
    '/%zz',
    '/%4',
    '/../x',
    '/%2e%2e/x',
    '/a/..;/../..',
    'x',
    '',
    '*',
  ]) {
    assert.equal(resolve(path, [prefix('/')]), 'ambiguous', path);
    assert.equal(resolve(path, []), 'ambiguous', path);
  }
});

test('a path of no route is not found, whatever it might be taken for', () => {
  assert.equal(resolve('/./admin', [prefix('/admin')]), 'none');
  assert.equal(resolve('/ADMIN', [prefix('/admin')]), 'none');
});

test('a path that might leave the only route is ambiguous', () => {
  assert.equal(resolve('/public/../private', [prefix('/public')]), 'ambiguous');
  assert.equal(resolve('/public/..%2fprivate', [prefix('/public')]), 'ambiguous');
  assert.equal(resolve('/public/a/../b', [prefix('/public')]), '/public');
});

test('a path of the file with a space or an umlaut can be asked for', () => {
  const routes = [prefix('/'), prefix('/my docs', admins), prefix('/münchen', admins)];
  assert.equal(resolve('/my%20docs/a', routes), '/my docs');
  assert.equal(resolve('/m%C3%BCnchen', routes), '/münchen');
  assert.equal(resolve('/m%c3%bcnchen', routes), '/münchen');
  assert.equal(resolve('/M%C3%9Cnchen', routes), 'ambiguous');
});

test('regular expressions are asked for every reading', () => {
  const routes: Route[] = [{ guard: admins, match: { kind: 'regex', source: '^/v\\d+/' } }, prefix('/')];
  assert.equal(resolve('/v1/x', routes), '^/v\\d+/');
  assert.equal(resolve('/%76%31/x', routes), 'ambiguous');
  assert.equal(resolve('/v/x', routes), '/');
});

test('a long plain path and long hostile ones take little time', () => {
  assert.equal(resolve('/a'.repeat(1 << 16), guarded), '/');
  assert.equal(resolve(`${'/a'.repeat(1 << 16)}#`, guarded), 'ambiguous');
  assert.equal(resolve(`/${'../'.repeat(1 << 16)}`, guarded), 'ambiguous');
});

// What programs behind a gateway make of a path, written down from them and not from the gateway's own list.
type Backend = (path: string) => string;
const decodeAll: Backend = (path) =>
  Buffer.from(
    path.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('latin1');
/** What does not parse, as `//`, gets an error of its own there. */
const whatwg: Backend = (path) => URL.parse(path, 'http://gateway')?.pathname ?? path;
const withoutParams: Backend = (path) =>
  path
    .split('/')
    .map((segment) => segment.split(';')[0])
    .join('/');
const normalize: Backend = (path) => posix.normalize(path);
const slashes: Backend = (path) => path.split('\\').join('/');
const exceptSlashes: Backend = (path) =>
  path
    .split(/(%2f|%5c|%25)/i)
    .map((part, i) => (i % 2 === 0 ? decodeAll(part) : part))
    .join('');
const habits: readonly Backend[] = [decodeAll, whatwg, withoutParams, normalize, slashes, exceptSlashes];
const backends: Readonly<Record<string, Backend>> = {
  'passes it on': (path) => path,
  'Node with new URL': whatwg,
  'Express behind a decoding proxy': (path) => decodeAll(whatwg(path)),
  'nginx or a static file server': (path) => normalize(decodeAll(path)),
  Tomcat: (path) => normalize(decodeAll(withoutParams(path))),
  'Tomcat behind a proxy that decodes': (path) => normalize(decodeAll(withoutParams(decodeAll(path)))),
  IIS: (path) => normalize(slashes(decodeAll(path))),
  'IIS decoding twice': (path) => normalize(slashes(decodeAll(decodeAll(path)))),
  'Apache with AllowEncodedSlashes NoDecode': (path) => normalize(exceptSlashes(path)),
  'a proxy that merges slashes before a URL parser': (path) => whatwg(path.replace(/\/+/g, '/')),
};

/** nginx's order, without any index. */
function chooseSlowly(
  path: string,
  routes: readonly Route[],
  flags = '',
  form = (text: string) => text,
): Route | undefined {
  const is = (kind: string, test: (text: string) => boolean) =>
    routes.filter((r) => r.match.kind === kind && test(textOf(r)));
  const [exact] = is('exact', (text) => form(text) === form(path));
  const [regex] = is('regex', (text) => new RegExp(text, flags).test(path));
  const prefixes = is('prefix', (text) => form(path).startsWith(form(text)));
  return (
    exact ??
    regex ??
    prefixes.reduce<Route | undefined>(
      (best, r) => (best === undefined || textOf(r).length > textOf(best).length ? r : best),
      undefined,
    )
  );
}

const word = fc.constantFrom('a', 'b', 'A', 'admin', 'aa');
const guard = fc.constantFrom(everyone, admins, {
  mode: 'required',
  rules: undefined,
  denials: undefined,
} satisfies Guard);
const literal = fc
  .array(word, { maxLength: 3 })
  .chain((words) => fc.constantFrom(`/${words.join('/')}`, `/${words.join('/')}/`.replace('//', '/')));
const match: fc.Arbitrary<MatchConfig> = fc.oneof(
  fc.record({ kind: fc.constantFrom('prefix' as const, 'exact' as const), path: literal }),
  fc.record({ kind: fc.constant('regex' as const), source: fc.constantFrom('^/a+/', 'admin$', '/b/', '^/[^/]*$') }),
);
const tables = fc
  .uniqueArray(fc.record({ match, guard }), { maxLength: 5, selector: textOf })
  .map((routes) => [prefix('/'), ...routes.filter((r) => textOf(r) !== '/')]);
const pieces = fc.constantFrom(
  ...[
    '/',
    '/',
    '/',
    '/',
    'a',
    'b',
    'A',
    'admin',
    'ADMIN',
    '.',
    '..',
    '%2e',
    '%2E%2e',
    '%252e',
    '%2f',
    '%2F',
    '%252f',
    '\\',
    '%5c',
    '%255C',
  ],
  ...[
    ';',
    ';a=1',
    '%3b',
    '%61',
    '%41',
    '%2561',
    '%3f',
    '%23',
    '%20',
    '%',
    '%zz',
    '%00',
    '#',
    '//',
    '//h/',
    '/./',
    '/../',
    '%c0%af',
    '%ff',
  ],
);
const hostilePaths = fc.array(pieces, { minLength: 1, maxLength: 9 }).map((parts) => `/${parts.join('')}`);

function forwarded(check: (path: string, route: Route, routes: readonly Route[]) => void, numRuns: number): number {
  let count = 0;
  fc.assert(
    fc.property(tables, hostilePaths, (routes, path) => {
      const found = resolveTarget(path, createRouteTable(routes));
      if (found === undefined || found instanceof Ambiguity) return;
      count += 1;
      check(path, found, routes);
    }),
    { seed: 5, numRuns },
  );
  return count;
}

test('no reading of a forwarded path belongs to another route than the one it was let to', () => {
  const count = forwarded((path, route, routes) => {
    assert.equal(chooseSlowly(path, routes), route, 'as it is');
    for (const [name, backend] of Object.entries(backends)) {
      assert.equal(chooseSlowly(backend(path), routes), route, `${name}: ${backend(path)}`);
    }
  }, 6000);
  assert.ok(count > 500, `${count} forwarded`);
});

test('neither does any chain of programs with such habits, at most two of which decode', () => {
  const chains = fc.sample(fc.array(fc.constantFrom(...habits), { maxLength: 5 }), { seed: 6, numRuns: 60 });
  const allowed = chains.filter((chain) => chain.filter((habit) => habit === decodeAll).length <= 2);
  const count = forwarded((path, route, routes) => {
    for (const chain of allowed) {
      const reading = chain.reduce((text, habit) => habit(text), path);
      assert.equal(chooseSlowly(reading, routes), route, `${chain.map((habit) => habit.name).join(', ')}: ${reading}`);
    }
  }, 3000);
  assert.ok(count > 250, `${count} forwarded`);
});

test('without letter case a forwarded path belongs to no route with a stricter guard', () => {
  const lower = (text: string) => text.toLowerCase();
  const count = forwarded((path, route, routes) => {
    for (const backend of Object.values(backends)) {
      const other = chooseSlowly(backend(path), routes, 'i', lower);
      const differsInCaseAlone = other !== undefined && lower(textOf(other)) === lower(textOf(route));
      if (other !== undefined && !differsInCaseAlone) assert.ok(guardCovers(route.guard, other.guard), backend(path));
    }
  }, 4000);
  assert.ok(count > 300, `${count} forwarded`);
});

test('never throws', () => {
  const table = createRouteTable([
    prefix('/'),
    prefix('/admin', admins),
    { guard: admins, match: { kind: 'regex', source: 'a+b' } },
  ]);
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), hostilePaths), (path) => {
      resolveTarget(path, table);
      resolveTarget(`/${path}`, table);
    }),
    { seed: 7, numRuns: 3000 },
  );
});
