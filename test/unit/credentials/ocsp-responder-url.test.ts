import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requireResponderUrl, responderUrls } from '../../../src/credentials/ocsp-responder-url.ts';

const other = [
  'https://ocsp.example/',
  'ldap://ocsp.example/cn=x',
  'file:///etc/passwd',
  'unix:/run/x.sock',
  'http://user:pass@ocsp.example/',
  'http://',
  '//ocsp.example/',
  'ocsp.example',
  '',
];

test('only plain http is asked, in the order of the certificate', () => {
  const ocspUrls = ['http://127.0.0.1:8080/a', ...other, 'http://[::1]/b', 'HTTP://ocsp.example'];
  assert.deepEqual(
    responderUrls({ ocspUrls }).map(({ href }) => href),
    ['http://127.0.0.1:8080/a', 'http://[::1]/b', 'http://ocsp.example/'],
  );
  assert.deepEqual(responderUrls({ ocspUrls: other }), []);
});

test('a certificate cannot have more than three asked', () => {
  const ocspUrls = [1, 2, 3, 4, 5].map((n) => `http://ocsp.example/${n}`);
  assert.equal(responderUrls({ ocspUrls }).length, 3);
});

test('a configured one has to be one that can be asked', () => {
  assert.equal(requireResponderUrl('http://ocsp.example:8080/x').href, 'http://ocsp.example:8080/x');
  for (const text of other) assert.throws(() => requireResponderUrl(text), { code: 'config-invalid' }, text);
});
