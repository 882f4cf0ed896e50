import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ErrorCode, errorKinds } from '../../../../src/errors.ts';
import { prefersHtml, refusalStatus, renderRefusal } from '../../../../src/gateway/forward/refusal.ts';

const facts = { accept: undefined, requestId: '0123456789abcdef0123456789abcdef', method: 'GET' };
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const codes = Object.keys(errorKinds) as ErrorCode[];

const headerOf = (refusal: ReturnType<typeof renderRefusal>, name: string): string | undefined =>
  refusal.headers.find(([other]) => other === name)?.[1];

test('a refusal is problem+json with the public text of its code', () => {
  const refusal = renderRefusal('not-allowed', facts);
  assert.equal(refusal.status, 403);
  assert.equal(headerOf(refusal, 'Content-Type'), 'application/problem+json');
  assert.equal(headerOf(refusal, 'Cache-Control'), 'no-store');
  assert.deepEqual(JSON.parse(refusal.body), {
    title: 'Forbidden',
    status: 403,
    detail: 'This client is not allowed here',
    code: 'not-allowed',
    requestId: facts.requestId,
  });
});

test('every code has a status that HTTP knows, and its length is right', () => {
  for (const code of codes) {
    for (const accept of [undefined, browser]) {
      const refusal = renderRefusal(code, { ...facts, accept });
      assert.ok(refusal.status >= 400 && refusal.status < 600 && refusal.status !== 499, code);
      assert.equal(headerOf(refusal, 'Content-Length'), String(Buffer.byteLength(refusal.body)));
    }
  }
});

test('statuses are those of the codes; 499 is for logs alone', () => {
  assert.equal(refusalStatus('client-certificate-missing'), 400);
  assert.equal(refusalStatus('upstream-timeout'), 504);
  assert.equal(refusalStatus('client-closed'), 400);
  assert.equal(refusalStatus('config-invalid'), 500);
});

test('HEAD gets the head of GET and no body', () => {
  const get = renderRefusal('route-not-found', facts);
  const head = renderRefusal('route-not-found', { ...facts, method: 'HEAD' });
  assert.equal(head.body, '');
  assert.notEqual(get.body, '');
  assert.deepEqual(head.headers, get.headers);
});

test('405 names the methods that are taken', () => {
  assert.match(headerOf(renderRefusal('method-not-allowed', facts), 'Allow') ?? '', /^GET, HEAD, /);
  assert.equal(headerOf(renderRefusal('not-allowed', facts), 'Allow'), undefined);
});

test('a browser gets a page, in which nothing of the request can become markup', () => {
  const refusal = renderRefusal('client-certificate-missing', { ...facts, accept: browser, requestId: '<script>"&' });
  assert.equal(headerOf(refusal, 'Content-Type'), 'text/html; charset=utf-8');
  assert.match(refusal.body, /^<!doctype html>\n<html lang="en">/);
  assert.match(refusal.body, /<h1>400 Bad Request<\/h1>\n<p>No required SSL certificate was sent\.<\/p>/);
  assert.ok(!refusal.body.includes('<script>'));
});

test('the page is for who prefers it by quality value and specificity', () => {
  const cases: [string | undefined, boolean][] = [
    [undefined, false],
    ['', false],
    ['*/*', false],
    [browser, true],
    ['text/html', true],
    ['TEXT/HTML; Q=0.5', true],
    ['text/*;q=0.5, application/json;q=0.4', true],
    ['text/html;q=0.4, */*;q=0.8', false],
    ['text/html;q=0, */*', false],
    ['application/json, text/html', false],
    ['application/problem+json;q=0.1, text/html;q=0.2, */*', true],
    ['text/html;q=2', false],
    ['text/html;level=1;q=0.7, */*;q=0.1', true],
  ];
  for (const [accept, expected] of cases) assert.equal(prefersHtml(accept), expected, String(accept));
});
