import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countRevoked, readRevokedSerials } from '../../../src/x509/revoked.ts';
import { der, extension, integer, sequence } from '../../support/der-writer.ts';

const date = der(0x17, '260102030405Z');
const serial = (hex: string): Buffer => der(2, Buffer.from(hex, 'hex'));
const refused = { code: 'certificate-invalid' };

test('serials in the form of certificates, whatever else an entry holds', () => {
  const reason = sequence(extension('2.5.29.21', der(10, Buffer.from([1]))));
  const comment = sequence(extension('1.2.3', Buffer.alloc(300)));
  const entries = Buffer.concat([
    sequence(serial('05'), date),
    sequence(serial('00f1e2'), date, reason),
    sequence(serial('00'), der(0x18, '20500102030405Z')),
    sequence(serial('ff00'), date, comment),
    sequence(serial('05'), date),
  ]);
  assert.equal(countRevoked(entries), 5);
  assert.deepEqual([...readRevokedSerials(entries).values()], ['05', 'F1E2', '00', '-0100']);
  assert.equal(countRevoked(Buffer.alloc(0)), 0);
});

test('malformed entries are refused, wherever they stand', () => {
  const good = sequence(serial('05'), date);
  const bad = [
    sequence(),
    sequence(serial('05')),
    sequence(date, serial('05')),
    sequence(serial(''), date),
    sequence(serial('0005'), date),
    sequence(serial('05'), date, integer(1)),
    sequence(serial('05'), date, sequence(), sequence()),
    sequence(serial('05'), sequence()),
    sequence(Buffer.from('028105', 'hex'), date),
    Buffer.from('30800000', 'hex'),
    Buffer.from('308105', 'hex'),
    Buffer.from('3081120201', 'hex'),
    good.subarray(0, -1),
    serial('05'),
  ];
  for (const entry of bad) {
    assert.throws(() => countRevoked(Buffer.concat([good, entry])), refused, entry.toString('hex'));
    assert.throws(() => readRevokedSerials(Buffer.concat([good, entry])), refused, entry.toString('hex'));
  }
});

test('a hundred thousand entries are read', () => {
  const entries = Buffer.concat(
    Array.from({ length: 100_000 }, (_, index) => {
      const number = Buffer.alloc(16, 0x5a);
      number.writeUInt32BE(index, 12);
      return sequence(der(2, number), date);
    }),
  );
  assert.equal(countRevoked(entries), 100_000);
  const serials = readRevokedSerials(entries);
  assert.equal(serials.size, 100_000);
  assert.ok(serials.has(`${'5A'.repeat(12)}0001869F`));
});
