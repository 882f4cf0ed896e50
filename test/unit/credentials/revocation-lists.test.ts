// Lists of a real CA: read, believed or refused, and what is said about each.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadRevocationLists } from '../../../src/credentials/revocation-lists.ts';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { makeCa, makeCertificate, makeCrl, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca');
const other = makeCa(directory, 'other');
const anchor = (file: string): Certificate => parseCertificates(readFileSync(file), file)[0] as Certificate;
const anchors = [anchor(ca.certificate)];
const now = Date.now();
const days = (count: number): Date => new Date(now + count * 24 * 3600 * 1000);
const revoked = makeCertificate(directory, { ca, name: 'revoked' });

test('a list in PEM and the same in DER, with what it says', () => {
  const pem = makeCrl(ca, { name: 'pem', revoked: [revoked.certificate] });
  const der = join(directory, 'list.der');
  runOpenssl(['crl', '-in', pem, '-outform', 'DER', '-out', der]);
  for (const file of [pem, der]) {
    const { lists, summary, warnings } = loadRevocationLists([file], anchors, now);
    assert.equal(lists.length, 1);
    assert.match(summary[0] ?? '', /of "CN=ca,O=Test": 1 certificate is revoked/);
    assert.deepEqual(warnings, []);
  }
});

test('every list of a file is read', () => {
  const both = join(directory, 'both.crl');
  writeFileSync(
    both,
    readFileSync(makeCrl(ca, { name: 'first' })) + readFileSync(makeCrl(other, { name: 'second' }), 'utf8'),
  );
  const { lists } = loadRevocationLists([both], [...anchors, anchor(other.certificate)], now);
  assert.deepEqual(lists.map(({ issuerDn }) => issuerDn).sort(), ['CN=ca,O=Test', 'CN=other,O=Test']);
});

test('a list that another CA of the same name has signed is refused', () => {
  const namesake = makeCa(temporaryDirectory({ after }), 'ca');
  const forged = makeCrl(namesake);
  assert.throws(() => loadRevocationLists([forged], anchors, now), {
    code: 'crl-invalid',
    message: /signature is false/,
  });
});

test('what is no list is refused', () => {
  const file = join(directory, 'garbage.crl');
  for (const content of ['', 'hello', readFileSync(ca.certificate)]) {
    writeFileSync(file, content);
    assert.throws(() => loadRevocationLists([file], anchors, now), { code: 'crl-invalid' });
  }
  assert.throws(() => loadRevocationLists([join(directory, 'none.crl')], anchors, now), { code: 'file-unreadable' });
});

test('a list that has run out, or soon will, is told with the name of its CA', () => {
  const list = makeCrl(ca, { name: 'dated', thisUpdate: days(-20), nextUpdate: days(10) });
  const warningsAt = (date: Date): readonly string[] => loadRevocationLists([list], anchors, date.getTime()).warnings;
  assert.deepEqual(warningsAt(days(0)), []);
  assert.match(warningsAt(days(9.5))[0] ?? '', /of "CN=ca,O=Test" runs out on/);
  assert.match(warningsAt(days(11))[0] ?? '', /of "CN=ca,O=Test" ran out on/);
  assert.match(warningsAt(days(-21))[0] ?? '', /counts only from/);
});

test('a CA without a list beside one that has one is told, and so is a list of nobody', () => {
  const list = makeCrl(ca, { name: 'alone' });
  const two = [...anchors, anchor(other.certificate)];
  assert.deepEqual(loadRevocationLists([list], two, now).warnings, [
    'there is no revocation list of "CN=other,O=Test": its clients are refused until there is one',
  ]);
  const foreign = makeCrl(other, { name: 'foreign' });
  assert.match(loadRevocationLists([list, foreign], anchors, now).warnings.join(), /which is not in the CA file/);
  assert.deepEqual(loadRevocationLists([], two, now).warnings, []);
});
