import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parsePem, printPem } from '../../../src/x509/pem.ts';
import { makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const pair = makeCertificate(directory, { name: 'leaf' });
const certificate = readFileSync(pair.certificate, 'utf8');
const key = readFileSync(pair.key, 'utf8');

const refusal = (line: number, reason: RegExp) => ({
  code: 'pem-invalid',
  message: new RegExp(`^bundle\\.pem:${line}: .*${reason.source}`),
});

test('reads what openssl wrote, and prints the same text', () => {
  const [block, ...more] = parsePem(certificate, 'bundle.pem');
  assert.equal(more.length, 0);
  assert.equal(block?.label, 'CERTIFICATE');
  assert.equal(block?.line, 1);
  assert.equal(block?.text, certificate);
  assert.equal(printPem('CERTIFICATE', block?.der ?? Buffer.alloc(0)), certificate);
});

test('prints a last line of exactly 64 characters without an empty one behind it', () => {
  assert.equal(printPem('X', Buffer.alloc(48)), `-----BEGIN X-----\n${'A'.repeat(64)}\n-----END X-----\n`);
});

test('counts lines and ignores the text between blocks', () => {
  const p12 = join(directory, 'leaf.p12');
  runOpenssl(['pkcs12', '-export', '-in', pair.certificate, '-inkey', pair.key, '-out', p12, '-passout', 'pass:x']);
  const text = runOpenssl(['pkcs12', '-in', p12, '-passin', 'pass:x', '-nodes']);
  assert.match(text, /^Bag Attributes/);
  const blocks = parsePem(text, 'bundle.pem');
  assert.deepEqual(
    blocks.map(({ label, line }) => [label, text.split('\n')[line - 1]]),
    [
      ['CERTIFICATE', '-----BEGIN CERTIFICATE-----'],
      ['PRIVATE KEY', '-----BEGIN PRIVATE KEY-----'],
    ],
  );
});

test('a commented-out block stays out', () => {
  const commented = certificate.replaceAll(/^(?=.)/gm, '# ');
  assert.equal(parsePem(commented + certificate, 'bundle.pem').length, 1);
});

test('line ends of Windows, white space around lines and a byte order mark make no difference', () => {
  const [plain] = parsePem(certificate, 'bundle.pem');
  for (const text of [
    certificate.replaceAll('\n', '\r\n'),
    certificate.replaceAll(/^|$/gm, '  '),
    `\ufeff${certificate}`,
  ]) {
    assert.deepEqual(parsePem(text, 'bundle.pem'), [plain]);
    assert.deepEqual(parsePem(Buffer.from(text), 'bundle.pem'), [plain]);
  }
});

test('keeps an old encrypted key with its headers', () => {
  const encrypted = runOpenssl(['ec', '-in', pair.key, '-aes128', '-passout', 'pass:secret']);
  assert.match(encrypted, /Proc-Type: 4,ENCRYPTED/);
  const [block] = parsePem(encrypted, 'bundle.pem');
  assert.equal(block?.label, 'EC PRIVATE KEY');
  assert.equal(block?.text, encrypted);
});

test('text without blocks has none', () => {
  for (const text of ['', '\n', 'hello\n', '\0\x30\x82']) assert.deepEqual(parsePem(text, 'bundle.pem'), []);
});

test('a file cut anywhere inside a block is refused', () => {
  const two = certificate + certificate;
  // The last characters of a file may be its last newline.
  for (let length = certificate.length + 1; length < two.length - 2; length += 1) {
    assert.throws(() => parsePem(two.slice(0, length), 'bundle.pem'), { code: 'pem-invalid' }, `cut at ${length}`);
  }
});

test('a block without END names the line where it began', () => {
  const cut = certificate.replace(/-----END.*\n/, '');
  assert.throws(() => parsePem(`comment\n${cut}`, 'bundle.pem'), refusal(2, /has no END line/));
  assert.throws(() => parsePem(`comment\n${cut}${certificate}`, 'bundle.pem'), refusal(2, /has no END line/));
});

test('END without BEGIN', () => {
  assert.throws(() => parsePem('\n-----END CERTIFICATE-----\n', 'bundle.pem'), refusal(2, /without a BEGIN line/));
});

test('END of another label', () => {
  const mixed = certificate.replace('-----END CERTIFICATE', '-----END X509 CRL');
  const line = certificate.split('\n').length - 1;
  assert.throws(() => parsePem(mixed, 'bundle.pem'), refusal(line, /"-----END CERTIFICATE-----" expected/));
});

test('two files joined without a newline between them', () => {
  const line = certificate.split('\n').length - 1;
  assert.throws(() => parsePem(certificate.trimEnd() + certificate, 'bundle.pem'), refusal(line, /newline is missing/));
});

test('a whole block on one line, as environment variables carry it', () => {
  const flat = certificate.replaceAll('\n', '\\n');
  assert.throws(() => parsePem(flat, 'bundle.pem'), { code: 'pem-invalid' });
});

test('damaged base64: a foreign character, a missing one, padding in the middle, nothing', () => {
  const damage: [RegExp, string][] = [
    [/\nMII/, '\nM!I'],
    [/\nMII/, '\nMI'],
    [/\nMII/, '\nMI='],
    [/\n[\s\S]+\n-----END/, '\n-----END'],
  ];
  for (const [pattern, replacement] of damage) {
    const text = certificate.replace(pattern, replacement);
    assert.notEqual(text, certificate);
    assert.throws(() => parsePem(text, 'bundle.pem'), refusal(1, /CERTIFICATE block is (empty|not valid base64)/));
  }
});

test('no error message shows key material', () => {
  const secret = key.split('\n')[2] ?? '';
  assert.ok(secret.length >= 32);
  const damaged = [key.replaceAll('\n', ''), key.replace(/\n-----END/, '-----END'), key.replace(secret, `${secret}!`)];
  for (const text of damaged) {
    const shows = (error: Error): boolean =>
      [8, 16, 32].some((from) => error.message.includes(secret.slice(from, from + 8)));
    assert.throws(
      () => parsePem(text, 'key.pem'),
      (error: Error) => !shows(error),
    );
  }
});
