// Where real certificates say that their list is.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { distributionPointsOf } from '../../../src/credentials/distribution-points.ts';
import { parseDownloadUrl, printDownloadUrl } from '../../../src/credentials/download-url.ts';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca');

function certificateWith(name: string, ...uris: string[]): Certificate {
  const points = uris.map((uri, n) => `[point${n}]\nfullname = URI:${uri}`);
  const extensions = [`crlDistributionPoints = ${uris.map((_, n) => `point${n}`).join(',')}`, ...points];
  const { certificate } = makeCertificate(directory, { ca, name, ...(uris.length === 0 ? {} : { extensions }) });
  return parseCertificates(readFileSync(certificate), certificate)[0] as Certificate;
}

test('http and https, each once, in order; nothing else', () => {
  const one = certificateWith('one', 'http://a.example/ca.crl', 'ldap://a.example/cn=ca?certificateRevocationList');
  const two = certificateWith('two', 'https://b.example/ca.crl?x=y', 'http://A.example:80/ca.crl', 'file:///ca.crl');
  const none = certificateWith('none');
  assert.deepEqual(distributionPointsOf([one, none, two]), ['http://a.example/ca.crl', 'https://b.example/ca.crl?x=y']);
  assert.deepEqual(distributionPointsOf([none]), []);
});

test('a URL with a password is none, and a query is not shown', () => {
  assert.deepEqual(
    distributionPointsOf([{ crlUrls: ['http://user:secret@a.example/', 'http://user@a.example/'] }]),
    [],
  );
  const url = parseDownloadUrl('HTTP://A.example/x/../ca.crl?token=secret#top');
  assert.equal(url?.href, 'http://a.example/ca.crl?token=secret');
  assert.equal(printDownloadUrl(url as URL), 'http://a.example/ca.crl?…');
});
