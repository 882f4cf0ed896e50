import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { knownAttributeTypes, shortNameOf } from '../../../src/x509/attribute-types.ts';
import { parseCertificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { attribute, changeCertificate, name, utf8 } from '../../support/der-writer.ts';
import { makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

test('the arcs of directory attributes are as complete as the table of openssl', () => {
  const objects = runOpenssl(['list', '-objects']).matchAll(
    /^(\S+) = (?:.*, )?((?:2\.5\.4|0\.9\.2342\.19200300\.100\.1)\.\d+)$/gm,
  );
  const pairs = Array.from(objects, ([, shortName, oid]) => [oid, shortName]);
  assert.ok(pairs.length > 100);
  for (const [oid = '', shortName] of pairs) assert.equal(shortNameOf(oid), shortName, oid);
});

test('the OpenSSL inside Node knows the same names', () => {
  const directory = temporaryDirectory({ after });
  const files = makeCertificate(directory, { name: 'template' });
  const [template] = parseCertificates(readFileSync(files.certificate), 'template.crt');
  assert.ok(template);
  const types = [...knownAttributeTypes()];
  const subject = name(...types.map(([oid]) => [attribute(oid, utf8('x'))]));
  const { x509 } = parseCertificate(changeCertificate(template.der, { subject }));
  assert.deepEqual(
    x509.subject.split('\n'),
    types.map(([, shortName]) => `${shortName}=x`),
  );
});

test('an unknown type has no name', () => {
  assert.equal(shortNameOf('1.2.3.4.5'), undefined);
  assert.equal(shortNameOf('2.5.4'), undefined);
});
