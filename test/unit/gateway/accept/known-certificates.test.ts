// Certificates that are parsed once and remembered: which are, which are not, and that none is taken for another.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { MutualError } from '../../../../src/errors.ts';
import { createKnownCertificates } from '../../../../src/gateway/accept/known-certificates.ts';
import { changeCertificate, extension } from '../../../support/der-writer.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const derOf = (name: string): Buffer => {
  return new X509Certificate(readFileSync(makeCertificate(directory, { ca, name }).certificate)).raw;
};
const alice = derOf('alice');

/** As many certificates as are asked for, each with another serial number. */
function* others(count: number): Generator<Buffer> {
  const at = alice.indexOf(Buffer.from(new X509Certificate(alice).serialNumber, 'hex'));
  for (let i = 1; i <= count; i += 1) {
    const der = Buffer.from(alice);
    der.writeUInt32BE(i, at + 1);
    yield der;
  }
}

test('a certificate that was verified is parsed once, whoever shows it, and its bytes may be overwritten', () => {
  const known = createKnownCertificates();
  const shown = Buffer.from(alice);
  const first = known.read(shown, true);
  assert.ok(!(first instanceof MutualError));
  shown.fill(0);
  assert.equal(known.read(Buffer.from(alice), false), first);
  assert.equal(first.subjectDn, 'CN=alice');
  assert.deepEqual(first.x509.raw, alice);
});

test('one that was not verified is not remembered', () => {
  const known = createKnownCertificates();
  assert.notEqual(known.read(alice, false), known.read(alice, false));
});

test('a certificate that differs in one bit is another one', () => {
  const known = createKnownCertificates();
  known.read(alice, true);
  const changed = Buffer.from(alice);
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  const other = known.read(changed, true);
  assert.ok(!(other instanceof MutualError));
  assert.deepEqual(other.der, changed);
});

test('those seen last are remembered, and no more than there is room for', () => {
  const known = createKnownCertificates();
  const first = known.read(alice, true);
  const bob = known.read(derOf('bob'), true);
  for (const der of others(998)) known.read(der, true);
  assert.equal(known.read(alice, true), first);
  for (const der of others(999)) known.read(der, true);
  assert.equal(known.read(alice, true), first);
  assert.notEqual(known.read(derOf('bob'), true), bob);
});

test('large ones take nobody else\u2019s room', () => {
  const known = createKnownCertificates();
  const large = changeCertificate(alice, { extensions: [extension('1.2.3.4', Buffer.alloc(9000))] });
  assert.notEqual(known.read(large, true), known.read(large, true));
});

test('one that our reader refuses is told as such, and nothing is thrown', () => {
  const unreadable = changeCertificate(alice, { extensions: [extension('2.5.29.17', Buffer.from('deadbeef', 'hex'))] });
  assert.ok(createKnownCertificates().read(unreadable, true) instanceof MutualError);
});
