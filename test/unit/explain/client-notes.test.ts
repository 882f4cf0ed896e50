import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { clientNotes } from '../../../src/explain/client-notes.ts';
import { readClientFile } from '../../../src/explain/read-client-file.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const client = makeCertificate(directory, {
  ca,
  name: 'client',
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
});
const other = makeCertificate(directory, { ca, name: 'other' });

function notesOf(files: readonly string[], now = '2026-06-01T00:00:00Z'): string[] {
  const content = Buffer.concat(files.map((file) => readFileSync(file)));
  return clientNotes(content, readClientFile(content, 'file'), new Date(now));
}

test('a file that is as it should be is not spoken of', () => {
  assert.deepEqual(notesOf([client.certificate]), []);
  assert.deepEqual(notesOf([client.certificate, ca.certificate, client.key]), []);
});

test('a CA in the first place', () => {
  assert.match(notesOf([ca.certificate]).join(), /^this is the certificate of a CA; clients show one that a CA has/);
  assert.match(
    notesOf([ca.certificate, client.certificate]).join(),
    /shows the first certificate of its file, and here that is a CA's: put "CN=client" first$/,
  );
});

test('the key of somebody else', () => {
  assert.match(notesOf([client.certificate, other.key]).join(), /^the private key in the file does not belong to/);
});

test('the end that is near', () => {
  assert.deepEqual(notesOf([client.certificate], '2026-12-01T00:00:00Z'), []);
  for (const [now, when] of [
    ['2026-12-05T00:00:00Z', 'in 27 days'],
    ['2026-12-30T12:00:00Z', 'in 1 day'],
    ['2026-12-31T12:00:00Z', 'within a day'],
  ] as const) {
    assert.deepEqual(notesOf([client.certificate], now), [`the certificate ends ${when}: renew it in time`]);
  }
  // That it has ended is no note but the answer.
  assert.deepEqual(notesOf([client.certificate], '2027-02-01T00:00:00Z'), []);
});
