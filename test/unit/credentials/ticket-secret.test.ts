import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadTicketSecret } from '../../../src/credentials/ticket-secret.ts';
import { temporaryDirectory } from '../../support/openssl.ts';

const file = join(temporaryDirectory({ after }), 'ticket.key');

for (const length of [48, 80]) {
  test(`${length} bytes, as nginx takes them`, () => {
    const bytes = randomBytes(length);
    writeFileSync(file, bytes);
    chmodSync(file, 0o600);
    assert.deepEqual(loadTicketSecret(file), { bytes, warnings: [] });
  });
}

for (const length of [0, 47, 49, 64, 96]) {
  test(`${length} bytes are none`, () => {
    writeFileSync(file, randomBytes(length));
    assert.throws(() => loadTicketSecret(file), { code: 'key-invalid', message: /needs 48 or 80 \("openssl rand 48/ });
  });
}

test('a placeholder is no key', () => {
  writeFileSync(file, Buffer.alloc(48));
  assert.throws(() => loadTicketSecret(file), { code: 'key-invalid', message: /is not random/ });
});

test('a file that is not there', () => {
  assert.throws(() => loadTicketSecret(`${file}.none`), {
    code: 'file-unreadable',
    message: /ticket\.key\.none does not/,
  });
});

test('a key that everybody may read is worth a warning', () => {
  writeFileSync(file, randomBytes(48));
  chmodSync(file, 0o644);
  assert.match(loadTicketSecret(file).warnings.join(), /may be read by everybody/);
});
