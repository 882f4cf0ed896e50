import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIndex, printIndex, printTime, revokeEntry } from '../../../src/ca/index-file.ts';

const written = [
  'V\t271225192413Z\t\t66B60D34\tunknown\t/O=Company A/CN=client-a',
  'R\t271225192414Z\t261123192414Z,keyCompromise\t54A2\tunknown\t/CN=client-b',
  'R\t271225192414Z\t261123192414Z\t54A3\tunknown\t/CN=client-c',
  'R\t271225192414Z\t261123192414Z,keyTime,20260101000000Z\t54A4\tunknown\t/CN=client-d',
  'R\t271225192414Z\t261123192414Z,holdInstruction,holdInstructionReject\t54A5\tunknown\t/CN=client-e',
  'E\t201225192414Z\t\t01\tunknown\t/CN=old',
  'V\t20510101000000Z\t\t02\tunknown\t/CN=a\\\tb',
  '',
].join('\n');

test('what openssl wrote comes out as it went in', () => {
  assert.equal(printIndex(parseIndex(written, 'index.txt')), written);
});

test('an entry says how the certificate stands', () => {
  const [valid, revoked, plain, compromised, held, , late] = parseIndex(written, 'index.txt');
  assert.equal(valid?.status, 'V');
  assert.equal(valid?.revocation, undefined);
  assert.equal(valid?.notAfter.toISOString(), '2027-12-25T19:24:13.000Z');
  assert.equal(revoked?.revocation?.reason, 'keyCompromise');
  assert.equal(revoked?.revocation?.at.toISOString(), '2026-11-23T19:24:14.000Z');
  assert.equal(plain?.revocation?.reason, undefined);
  assert.equal(compromised?.revocation?.reason, 'keyCompromise');
  assert.equal(held?.revocation?.reason, 'certificateHold');
  assert.equal(late?.notAfter.toISOString(), '2051-01-01T00:00:00.000Z');
  assert.equal(late?.subject, '/CN=a\tb');
});

test('a revoked entry is written as openssl writes it', () => {
  const at = new Date('2026-11-23T19:24:14Z');
  const [entry] = parseIndex('V\t271225192413Z\t\t66B6\tunknown\t/CN=a\n', 'index.txt');
  assert.ok(entry);
  assert.equal(
    printIndex([revokeEntry(entry, at, 'superseded'), revokeEntry(entry, at, undefined)]),
    'R\t271225192413Z\t261123192414Z,superseded\t66B6\tunknown\t/CN=a\nR\t271225192413Z\t261123192414Z\t66B6\tunknown\t/CN=a\n',
  );
});

test('comments and line ends of other systems are read', () => {
  assert.equal(parseIndex('# by hand\r\nV\t271225192413Z\t\t0a\tunknown\t/CN=a\r\n\r\n', 'index.txt')[0]?.serial, '0A');
});

const broken: Record<string, RegExp> = {
  'V\t271225192413Z\t\t66B6\tunknown': /index.txt:2: expected 6 fields/,
  'X\t271225192413Z\t\t66B6\tunknown\t/CN=a': /unknown status "X"/,
  'V\tsoon\t\t66B6\tunknown\t/CN=a': /"soon" is not a time/,
  'V\t271399000000Z\t\t66B6\tunknown\t/CN=a': /is not a time/,
  'V\t271225192413Z\t\t66B\tunknown\t/CN=a': /not a serial number/,
  'R\t271225192413Z\t\t66B6\tunknown\t/CN=a': /is no revocation/,
  'R\t271225192413Z\t261123192414Z,bored\t66B6\tunknown\t/CN=a': /is no revocation/,
};

for (const [line, message] of Object.entries(broken)) {
  test(`a damaged line is named: ${JSON.stringify(line)}`, () => {
    assert.throws(() => parseIndex(`\n${line}\n`, 'index.txt'), { code: 'store-invalid', message });
  });
}

test('times change their form in 2050', () => {
  assert.equal(printTime(new Date('2049-12-31T23:59:59.999Z')), '491231235959Z');
  assert.equal(printTime(new Date('2050-01-01T00:00:00Z')), '20500101000000Z');
});
