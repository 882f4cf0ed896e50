// Names as an attacker with a careless CA could get them, printed by us and by the real openssl.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { knownAttributeTypes } from '../../../src/x509/attribute-types.ts';
import { parseCertificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { attribute, changeCertificate, der, integer, name, sequence, utf8 } from '../../support/der-writer.ts';
import { makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const files = makeCertificate(directory, { name: 'template' });
const [template] = parseCertificates(readFileSync(files.certificate), 'template.crt');
assert.ok(template);

const character = fc.oneof(
  fc.constantFrom(...', + " \\ < > ; # = / \n \r \0 \t \x7f \x80 \xff ü ß € 😀 é a b A 1'.split(' '), ' ', ' '),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
const text = fc.array(character, { maxLength: 8 }).map((characters) => characters.join(''));
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value, 'latin1')),
  fc.uint8Array({ maxLength: 6 }).map(Buffer.from),
);
const basicPlane = text.map((value) => value.replaceAll(/[\ud800-\udfff]/g, '?'));

const value = fc.oneof(
  { weight: 4, arbitrary: text.map(utf8) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom(0x12, 0x13, 0x14, 0x16), bytes).map(([tag, content]) => der(tag, content)),
  },
  { weight: 2, arbitrary: basicPlane.map((plain) => der(0x1e, Buffer.from(plain, 'utf16le').swap16())) },
  { weight: 2, arbitrary: text.map((plain) => der(0x1c, utf32(plain))) },
  { weight: 1, arbitrary: bytes.map((content) => der(3, Buffer.from([0]), content)) },
  { weight: 1, arbitrary: text.map((plain) => sequence(utf8(plain), integer(5))) },
);
const type = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('2.5.4.3', '2.5.4.10', '2.5.4.11', '2.5.4.6', '1.2.840.113549.1.9.1') },
  { weight: 1, arbitrary: fc.constantFrom(...[...knownAttributeTypes()].map(([dotted]) => dotted)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1.2.3.4.5', '2.999.1', '1.3.6.1.4.1.55555.1.2.3', `1.2${'.1234567'.repeat(12)}`),
  },
);
const rdn = fc.array(
  fc.tuple(type, value).map(([dotted, content]) => attribute(dotted, content)),
  { maxLength: 3 },
);
const names = fc.array(rdn, { maxLength: 6 }).map((rdns) => name(...rdns));

test('sixty random names', () => {
  compareAll(fc.sample(names, { numRuns: 60, seed: 20_261_123 }));
});

test('a lone special character, and one at either end', () => {
  const edges = [
    '',
    ' ',
    '  ',
    '#',
    '##',
    '# ',
    ' #',
    '\\',
    '\\ ',
    ' \\',
    '"',
    '\n',
    ' \n ',
    '=',
    'a b',
    '+ +',
    'é ',
    '#é',
  ];
  compareAll([name(...edges.map((edge) => [attribute('2.5.4.3', utf8(edge))]))]);
});

test('every attribute type with a name, and one that openssl does not know', () => {
  const types = [...knownAttributeTypes()].map(([dotted]) => dotted);
  compareAll([name(...[...types, '1.2.3.4'].map((dotted) => [attribute(dotted, utf8('x'))]))]);
});

test('three hundred organizational units', () => {
  const units = Array.from({ length: 300 }, (_, index) => [attribute('2.5.4.11', utf8(`unit, ${index} ü`))]);
  compareAll([name(...units)]);
});

test('empty RDNs, and an empty name', () => {
  const alice = [attribute('2.5.4.3', utf8('alice'))];
  compareAll([name(), name([]), name([], alice, []), name(alice, [], alice)]);
});

/** One shell for all of them, with one openssl for each form of each name. */
function compareAll(subjects: readonly Buffer[]): void {
  const certificates = subjects.map((subject) => changeCertificate(template?.der ?? Buffer.alloc(0), { subject }));
  const paths = certificates.map((certificate, index) => {
    const path = join(directory, `${index}.der`);
    writeFileSync(path, certificate);
    return path;
  });
  const printed = (form: string): string[] => {
    const script = `for file; do openssl x509 -inform DER -in "$file" -noout -subject -nameopt ${form} || exit 1; done`;
    const output = execFileSync('sh', ['-c', script, 'sh', ...paths], { encoding: 'utf8', maxBuffer: 64 << 20 });
    // Names may end in spaces: only the newline at the end goes.
    const lines = output.slice(0, -1).split('\n');
    return lines.map((line) => line.replace(/^subject=/, ''));
  };
  const ours = certificates.map(parseCertificate);
  assert.equal(ours.length, subjects.length);
  assert.deepEqual(
    ours.map(({ subjectDn }) => subjectDn),
    printed('RFC2253'),
  );
  assert.deepEqual(
    ours.map(({ subjectDnLegacy }) => subjectDnLegacy),
    printed('compat'),
  );
  for (const { subjectDn, subjectDnLegacy } of ours) assert.match(subjectDn + subjectDnLegacy, /^[ -~]*$/);
}

function utf32(plain: string): Buffer {
  return Buffer.concat(
    Array.from(plain, (one) => {
      const unit = Buffer.alloc(4);
      unit.writeUInt32BE(one.codePointAt(0) ?? 0);
      return unit;
    }),
  );
}
