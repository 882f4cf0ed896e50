// Certificates, names and lists with random damage: they may still be read, or be refused; nothing else may happen.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MutualError } from '../../../src/errors.ts';
import { parseAltNames } from '../../../src/x509/alt-names.ts';
import { parseCertificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { parseCrl, splitCrls, verifyCrlSignature } from '../../../src/x509/crl.ts';
import { attributeValues, canonicalName, parseName, printLegacy, printRfc2253 } from '../../../src/x509/name.ts';
import { parsePem } from '../../../src/x509/pem.ts';
import { parsePrivateKey } from '../../../src/x509/private-key.ts';
import { attribute, der, name, oid, sequence, utf8 } from '../../support/der-writer.ts';
import { makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const leaf = makeCertificate(directory, {
  ca,
  name: 'leaf',
  san: 'DNS:a.example,IP:::1,URI:spiffe://a/b,email:a@a.example,otherName:1.2.3;UTF8:x,dirName:names',
  eku: 'clientAuth',
  extensions: [
    'crlDistributionPoints = URI:http://ca.example/a.crl',
    'authorityInfoAccess = OCSP;URI:http://ocsp.example/',
    '[names]',
    'CN = x',
  ],
});
const [authority] = parseCertificates(readFileSync(ca.certificate), 'ca.crt');
const [certificate] = parseCertificates(readFileSync(leaf.certificate), 'leaf.crt');
const [list] = splitCrls(readFileSync(makeCrl(ca, { revoked: [leaf.certificate] })), 'ca.crl');
assert.ok(certificate !== undefined && authority !== undefined && list !== undefined);

interface Damage {
  readonly kind: 'set' | 'insert' | 'remove' | 'cut' | 'repeat';
  readonly at: number;
  readonly byte: number;
}
const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('set', 'set', 'set', 'insert', 'remove', 'cut', 'repeat'),
  at: fc.nat(),
  byte: fc.oneof(fc.constantFrom(0, 1, 2, 3, 6, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xff), fc.nat(255)),
});

function apply(bytes: Buffer, { kind, at, byte }: Damage): Buffer {
  const index = bytes.length === 0 ? 0 : at % bytes.length;
  const [head, tail] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (kind === 'cut') return head;
  if (kind === 'remove') return Buffer.concat([head, tail.subarray(1)]);
  if (kind === 'insert') return Buffer.concat([head, Buffer.from([byte]), tail]);
  if (kind === 'repeat') return Buffer.concat([head, tail.subarray(0, byte), tail]);
  return Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
}

/** Damages the original many times over; `use` may throw nothing but MutualError with one of the codes. */
function survives(original: Buffer, numRuns: number, codes: readonly string[], use: (bytes: Buffer) => void): void {
  use(original);
  let refusals = 0;
  const property = fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (all) => {
    try {
      use(all.reduce(apply, original));
    } catch (error) {
      assert.ok(error instanceof MutualError && codes.includes(error.code), String(error));
      assert.doesNotMatch(error.message, /\n/);
      refusals += 1;
    }
  });
  fc.assert(property, { seed: 20_261_123, numRuns });
  assert.ok(refusals > 0 && refusals < numRuns);
}

test('names', () => {
  const original = name(
    [attribute('2.5.4.10', utf8('Company A'))],
    [attribute('2.5.4.3', der(0x1e, Buffer.from('0061', 'hex'))), attribute('1.2.3.4', der(0x1c, Buffer.alloc(8)))],
  );
  survives(original, 3000, ['certificate-invalid'], (bytes) => {
    const parsed = parseName(bytes);
    assert.match(printRfc2253(parsed) + printLegacy(parsed), /^[ -~]*$/);
    canonicalName(parsed);
    for (const value of attributeValues(parsed, 'commonName')) assert.match(value, /^\P{Cc}*$/u);
  });
});

test('alternative names', () => {
  const directoryName = der(0xa4, name([attribute('2.5.4.3', utf8('x'))]));
  const otherName = der(0xa0, oid('1.2.3'), der(0xa0, utf8('x')));
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  survives(
    sequence(der(0x82, 'a.example'), directoryName, otherName, address),
    3000,
    ['certificate-invalid'],
    (bytes) => {
      const { dns, email, uri } = parseAltNames(bytes);
      for (const text of [...dns, ...email, ...uri]) assert.match(text, /^[!-~]+$/);
    },
  );
});

test('certificates', () => {
  survives(certificate.der, 3000, ['certificate-invalid'], (bytes) => {
    const parsed = parseCertificate(bytes);
    assert.match(`${parsed.subjectDn}${parsed.issuerDn}${parsed.subjectDnLegacy}`, /^[ -~]*$/);
    assert.match(parsed.serialNumber, /^-?([0-9A-F]{2})+$/);
    assert.match(parsed.sha256 + parsed.spkiSha256 + parsed.sha1, /^[0-9a-f]{168}$/);
    assert.ok(!Number.isNaN(parsed.notAfter.getTime() + parsed.notBefore.getTime()));
    assert.equal(typeof parsed.publicKeyType, 'string');
    assert.equal(typeof parsed.signatureAlgorithm, 'string');
    assert.equal(parseCertificates(parsed.pem(), 'x.pem').length, 1);
  });
});

test('revocation lists', () => {
  survives(list, 3000, ['crl-invalid'], (bytes) => {
    const parsed = parseCrl(bytes);
    assert.ok(parsed.revokedSerials().size <= parsed.revokedCount);
    assert.match(parsed.issuerDn, /^[ -~]*$/);
    // No damage may leave a list that still verifies, unless it undid itself.
    assert.equal(verifyCrlSignature(parsed, authority), bytes.equals(list));
  });
});

test('PEM texts, with certificates and keys', () => {
  const text = readFileSync(leaf.certificate);
  survives(text, 1000, ['pem-invalid', 'certificate-invalid'], (bytes) => {
    parseCertificates(bytes, 'x.pem');
  });
  const key = readFileSync(leaf.key);
  survives(key, 500, ['pem-invalid', 'key-invalid'], (bytes) => {
    parsePem(bytes, 'x.key');
    parsePrivateKey(bytes, 'x.key');
  });
});
