import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestWord, suggestion } from '../../../src/config/suggest.ts';

const known = ['upstream', 'organization', 'commonName', 'dn', 'certificate', 'path'];

test('a misspelt word is recognised', () => {
  for (const [word, meant] of [
    ['upsteam', 'upstream'],
    ['upstraem', 'upstream'],
    ['organisation', 'organization'],
    ['common_name', 'commonName'],
    ['CommonName', 'commonName'],
    ['cert', 'certificate'],
    ['paht', 'path'],
  ] as const) {
    assert.equal(nearestWord(word, known), meant, word);
  }
});

test('a word that is like none is not', () => {
  for (const word of ['cn', 'proxy_pass', 'x', '', 'verify']) {
    assert.equal(nearestWord(word, known), undefined, word);
  }
});

test('the nearest wins, the first of equals', () => {
  assert.equal(nearestWord('dnss', ['dns', 'dnsss', 'dn']), 'dns');
});

test('a suggestion is an ending of a sentence', () => {
  assert.equal(suggestion('paht', known), ', did you mean "path"?');
  assert.equal(suggestion('zzz', known), '');
});
