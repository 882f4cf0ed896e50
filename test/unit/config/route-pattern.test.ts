import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRoutePath, parseRouteRegex, routeLabel } from '../../../src/config/route-pattern.ts';
import { assertRefused } from '../../support/refusal.ts';

test('paths as they look after decoding are taken as they are', () => {
  for (const path of ['/', '/a', '/a/', '/a b', '/ä', '/a.b/..c/.d', '/a;b', '/a*b', '/~a', '/a:b@c']) {
    assert.equal(parseRoutePath(path), path);
  }
});

test('paths that no request has after decoding are refused', () => {
  for (const [path, reason] of [
    ['', /begins with/],
    ['a', /begins with/],
    ['*', /begins with/],
    ['http://a/', /begins with/],
    ['/a%20b', /compared decoded/],
    ['/%', /compared decoded/],
    ['/a?b', /without \? and #/],
    ['/a#b', /without \? and #/],
    ['//', /single/],
    ['/a//b', /single/],
    ['/.', /segment/],
    ['/..', /segment/],
    ['/a/./b', /segment/],
    ['/a/../b', /segment/],
    ['/a\\b', /backslash/],
    ['/a\tb', /control character/],
    ['/a/*', /write "\/a\/"/],
    ['/**', /write "\/"/],
  ] as const) {
    assertRefused(() => parseRoutePath(path), reason);
  }
});

test('expressions that take linear time are taken', () => {
  for (const source of [
    '^/v[0-9]+/',
    '\\.(png|jpe?g)$',
    '^/(?:a|b)?c+$',
    '^/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    '^/(a+)?$',
    '^/(a*){1}(b+){0,1}$',
    '^/(?<name>[^/]+)/x$',
    '^/(?=a+)a',
    '^/\\(a+\\)+',
    '^/[(+)+]+',
    '^/a{2}b{2,}c*',
    '^/(?i:abc)$',
    '^/{a}',
  ]) {
    assert.equal(parseRouteRegex(source).source, new RegExp(source).source);
  }
});

test('expressions that one path could keep busy are refused', () => {
  for (const source of [
    '(a+)+',
    '(a*)*',
    '(a?)+',
    '(a|a)*',
    '(a|aa)+$',
    '(a{1,3})+',
    '(?:a+){5}',
    '(a+){2,}',
    '((a+)b)*',
    '((a|b)c)+?',
    '(?<x>a+)*',
    '(a+[)])+',
    '(a+\\))+',
    '(.*)(,(.*))*',
  ]) {
    assertRefused(() => parseRouteRegex(source), /repeats a group/);
  }
});

test('an expression that does not compile is refused with the reason', () => {
  assertRefused(() => parseRouteRegex('(a'), /does not compile: Unterminated group/);
  assertRefused(() => parseRouteRegex('[z-a]'), /does not compile: Range out of order/);
});

test('labels tell the three kinds of routes apart', () => {
  assert.equal(routeLabel({ path: '/a' }), '/a');
  assert.equal(routeLabel({ exact: '/a' }), '= /a');
  assert.equal(routeLabel({ regex: '^/a' }), '~ ^/a');
});
