import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { parseAltNames } from '../../../src/x509/alt-names.ts';
import { parseCertificates } from '../../../src/x509/certificate.ts';
import { printRfc2253 } from '../../../src/x509/name.ts';
import { attribute, der, name, oid, sequence, utf8 } from '../../support/der-writer.ts';
import { makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const email = (text: string | Buffer): Buffer => der(0x81, text);
const dns = (text: string | Buffer): Buffer => der(0x82, text);
const uri = (text: string | Buffer): Buffer => der(0x86, text);
const ip = (bytes: readonly number[]): Buffer => der(0x87, Buffer.from(bytes));
const refused = { code: 'certificate-invalid' };

test('every kind of name that openssl writes', () => {
  const directory = temporaryDirectory({ after });
  const files = makeCertificate(directory, {
    name: 'leaf',
    san: '@names',
    extensions: [
      '[names]',
      'DNS.1 = service1.company-b.example',
      'DNS.2 = *.wild.example',
      'IP.1 = 192.0.2.7',
      'IP.2 = 2001:DB8:0:0:0:0:0:1',
      'email.1 = alice@example.com',
      'URI.1 = spiffe://a.example/ns/x/sa/y',
      'otherName.1 = 1.3.6.1.4.1.311.20.2.3;UTF8:alice@corp.example',
      'dirName.1 = directory',
      'RID.1 = 1.2.3.4',
      '[directory]',
      'O = Company A',
      'CN = alice',
    ],
  });
  const [certificate] = parseCertificates(readFileSync(files.certificate), 'leaf.crt');
  const { directoryName, ...others } = certificate?.altNames ?? parseAltNames(sequence());
  assert.deepEqual(directoryName.map(printRfc2253), ['CN=alice,O=Company A']);
  assert.deepEqual(others, {
    dns: ['service1.company-b.example', '*.wild.example'],
    email: ['alice@example.com'],
    uri: ['spiffe://a.example/ns/x/sa/y'],
    ip: ['192.0.2.7', '2001:db8::1'],
    other: [{ oid: '1.3.6.1.4.1.311.20.2.3', der: utf8('alice@corp.example') }],
    malformed: 0,
  });
});

test('a name with the syntax of a list inside stays one name', () => {
  const { dns: names, uri: uris } = parseAltNames(sequence(uri('spiffe://acme/a,DNS:admin'), dns('a"b\\c')));
  assert.deepEqual(uris, ['spiffe://acme/a,DNS:admin']);
  assert.deepEqual(names, ['a"b\\c']);
});

test('names that could fool a comparison or a header are dropped and counted', () => {
  const bad = ['admin.example\0.evil.example', 'a\nb', 'a\r\nX-Admin: 1', 'a b', '', '\x7f', 'ü.example'];
  const all = bad.flatMap((text) => [dns(text), uri(text), email(text)]);
  const parsed = parseAltNames(sequence(...all, dns('good.example'), ip([127, 0, 0]), ip([]), ip([127, 0, 0, 1])));
  assert.equal(parsed.malformed, all.length + 2);
  assert.deepEqual([parsed.dns, parsed.uri, parsed.email, parsed.ip], [['good.example'], [], [], ['127.0.0.1']]);
});

test('kinds that no rule knows are passed over', () => {
  const parsed = parseAltNames(sequence(der(0x88, Buffer.from([0x2a])), der(0xa5, sequence()), dns('a.example')));
  assert.deepEqual([parsed.dns, parsed.malformed], [['a.example'], 0]);
});

test('a malformed extension is refused', () => {
  const subject = name([attribute('2.5.4.3', utf8('alice'))]);
  assert.equal(parseAltNames(sequence(der(0xa4, subject))).directoryName.length, 1);
  const malformed = [
    dns('a.example'),
    Buffer.concat([sequence(dns('a.example')), Buffer.from([0])]),
    sequence(der(0xa4, subject, subject)),
    sequence(der(0xa4)),
    sequence(der(0xa0, oid('1.2.3'))),
    sequence(der(0xa0, oid('1.2.3'), der(0xa0, utf8('a'), utf8('b')))),
    sequence(Buffer.from([0x82, 5, 0x61])),
  ];
  for (const extension of malformed) assert.throws(() => parseAltNames(extension), refused, extension.toString('hex'));
});
