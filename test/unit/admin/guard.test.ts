import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuardedRequest, type GuardRules, guardRefusal } from '../../../src/admin/guard.ts';

const rules: GuardRules = {
  scheme: 'http',
  isUnixSocket: false,
  localAddress: '127.0.0.1',
  hosts: ['ops.example', '*.admin.example'],
};

const status = (request: Partial<GuardedRequest>, more: Partial<GuardRules> = {}): number | undefined =>
  guardRefusal(
    {
      method: 'GET',
      path: '/api/snapshot',
      host: '127.0.0.1:9901',
      origin: undefined,
      secFetchSite: undefined,
      secFetchMode: undefined,
      contentType: undefined,
      ...request,
    },
    { ...rules, ...more },
  )?.status;

test('names of this machine and allowed ones are answered', () => {
  for (const host of [
    '127.0.0.1:9901',
    '127.0.0.1',
    '127.8.9.1:1',
    'localhost:9901',
    'LOCALHOST',
    'localhost.',
    '[::1]:9901',
    'ops.example',
    'OPS.example:9901',
    'a.admin.example',
  ]) {
    assert.equal(status({ host }), undefined, host);
  }
  assert.equal(status({ host: '10.0.0.5:9901' }, { localAddress: '10.0.0.5' }), undefined);
  assert.equal(status({ host: '10.0.0.5' }, { localAddress: '::ffff:10.0.0.5' }), undefined);
});

test('every other name is refused: it may be one that a foreign page has pointed here', () => {
  for (const host of [
    'evil.example:9901',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil.example',
    'admin.example',
    'aadmin.example',
    '10.0.0.5:9901',
    '[::2]:9901',
    '',
    'localhost:99011111',
    'ops.example@evil.example',
    'evil.example/ops.example',
  ]) {
    assert.equal(status({ host }), 421, host);
  }
  assert.equal(status({ host: undefined }), 400);
});

test('an origin has to be our own', () => {
  assert.equal(status({ origin: 'http://127.0.0.1:9901' }), undefined);
  for (const origin of [
    'http://evil.example',
    'null',
    'https://127.0.0.1:9901',
    'http://127.0.0.1:9902',
    'http://127.0.0.1',
    'http://localhost:9901',
    '',
  ]) {
    assert.equal(status({ origin }), 403, origin);
  }
  assert.equal(status({ origin: 'https://127.0.0.1:9901' }, { scheme: 'https' }), undefined);
});

test('requests of other sites are refused, but for a visit to the page', () => {
  assert.equal(status({ secFetchSite: 'same-origin' }), undefined);
  assert.equal(status({ secFetchSite: 'none' }), undefined);
  for (const secFetchSite of ['cross-site', 'same-site', 'x', 'same-origin,cross-site', '']) {
    assert.equal(status({ secFetchSite }), 403, secFetchSite);
  }
  const visit = { secFetchSite: 'cross-site', secFetchMode: 'navigate' };
  assert.equal(status({ ...visit, path: '/' }), undefined);
  assert.equal(status({ ...visit, path: '/metrics' }), 403);
  assert.equal(status({ ...visit, path: '/', secFetchMode: 'no-cors' }), 403);
  assert.equal(status({ ...visit, path: '/', method: 'POST' }), 403);
});

test('what changes something is JSON, which no form can send', () => {
  const post = { method: 'POST', path: '/api/reload' };
  assert.equal(status({ ...post, contentType: 'application/json' }), undefined);
  assert.equal(status({ ...post, contentType: 'Application/JSON; charset=utf-8' }), undefined);
  for (const contentType of [
    undefined,
    'text/plain',
    'text/plain; application/json',
    'application/x-www-form-urlencoded',
  ]) {
    assert.equal(status({ ...post, contentType }), 415, contentType);
  }
});

test('on a Unix socket a host means nothing, and a foreign site is refused all the same', () => {
  const unix = { isUnixSocket: true };
  assert.equal(status({ host: 'anything' }, unix), undefined);
  assert.equal(status({ host: undefined }, unix), undefined);
  assert.equal(status({ secFetchSite: 'cross-site' }, unix), 403);
  assert.equal(status({ method: 'POST' }, unix), 415);
});
