import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { type Certificate, parseCertificates } from '../../../src/x509/certificate.ts';
import { parseDer } from '../../../src/x509/der.ts';
import { buildOcspRequest } from '../../../src/x509/ocsp-request.ts';
import { type BasicOcspResponse, parseOcspResponse } from '../../../src/x509/ocsp-response.ts';
import { der, elements, integer, octets, oid, sequence } from '../../support/der-writer.ts';
import {
  byKey,
  byName,
  failedResponse,
  forgeOcspResponse,
  revokedStatus,
  wrapBasicResponse,
} from '../../support/forge-ocsp-response.ts';
import { answerOcsp } from '../../support/ocsp.ts';
import { type CertificateFiles, makeCa, makeCertificate, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const issuer = certificateOf(ca);
const certificate = certificateOf(makeCertificate(directory, { ca, name: 'leaf', serial: '00F1E2' }));
const answers = [{ certificate, issuer }];
const genuine = answerOcsp(ca, buildOcspRequest({ certificate, issuer, nonce: Buffer.from('0123456789abcdef') }));
const refused = (message = /^not a usable OCSP response: /): object => ({ code: 'ocsp-invalid', message });

function certificateOf(files: CertificateFiles): Certificate {
  const [found] = parseCertificates(readFileSync(files.certificate), files.certificate);
  assert.ok(found);
  return found;
}

function parse(response: Buffer): BasicOcspResponse {
  const parsed = parseOcspResponse(response);
  assert.ok(parsed.responseStatus === 'successful');
  return parsed.basic;
}

test('a response of openssl', () => {
  const basic = parse(genuine);
  assert.deepEqual(basic.responderId, { kind: 'name', name: issuer.subject });
  assert.equal(basic.nonce?.toString(), '0123456789abcdef');
  assert.equal(basic.signatureAlgorithmOid, '1.2.840.10045.4.3.2');
  assert.deepEqual(
    basic.certificates.map(({ sha256 }) => sha256),
    [issuer.sha256],
  );
  const [single, ...more] = basic.responses;
  assert.equal(more.length, 0);
  assert.equal(single?.status, 'good');
  assert.equal(single?.certId.hash, 'sha1');
  assert.equal(single?.certId.serialNumber, 'F1E2');
  assert.equal(basic.producedAt.getTime(), single?.thisUpdate.getTime());
});

test('dates, reasons and the key of the responder', () => {
  const producedAt = new Date('2026-01-02T03:04:05Z');
  const thisUpdate = new Date('2026-01-01T00:00:00Z');
  const nextUpdate = new Date('2051-01-01T00:00:00Z');
  const revokedAt = new Date('2025-12-31T23:59:59Z');
  const [tag, time] = [revokedStatus(revokedAt), parseDer(revokedStatus(revokedAt)).content];
  const withReason = (code: number): Buffer => der(0xa1, time, der(0xa0, der(0x0a, Buffer.from([code]))));
  const read = (status: Buffer): BasicOcspResponse =>
    parse(
      forgeOcspResponse({
        answers: [{ certificate, issuer, status, thisUpdate, nextUpdate }],
        key: ca.key,
        responderId: byKey(issuer),
        producedAt,
      }),
    );
  const basic = read(tag);
  assert.equal(basic.responderId.kind, 'key');
  assert.equal(basic.nonce, undefined);
  assert.deepEqual(basic.producedAt, producedAt);
  const { certId: _, ...single } = basic.responses[0] ?? assert.fail();
  assert.deepEqual(single, { status: 'revoked', revokedAt, reason: undefined, thisUpdate, nextUpdate });
  assert.equal(read(withReason(1)).responses[0]?.reason, 'keyCompromise');
  assert.equal(read(withReason(6)).responses[0]?.reason, 'certificateHold');
  assert.equal(read(withReason(10)).responses[0]?.reason, 'aACompromise');
  assert.equal(read(withReason(7)).responses[0]?.reason, undefined);
});

test('a response without an answer', () => {
  assert.deepEqual(parseOcspResponse(failedResponse(3)), { responseStatus: 'tryLater' });
  assert.throws(() => parseOcspResponse(failedResponse(4)), refused(/unknown response status 4/));
  assert.throws(() => parseOcspResponse(failedResponse(0)), refused());
  // An answer behind a failure is not looked at: it would be neither of the two.
  const [, bytes] = elements(parseDer(genuine).content);
  assert.throws(() => parseOcspResponse(sequence(der(0x0a, Buffer.from([3])), bytes as Buffer)), refused());
});

test('bytes that are no response', () => {
  const garbage = [
    Buffer.alloc(0),
    Buffer.from('hello'),
    Buffer.from('<html></html>'),
    sequence(),
    Buffer.concat([genuine, Buffer.alloc(1)]),
    genuine.subarray(0, -1),
    issuer.der,
    Buffer.from('3084ffffffff', 'hex'),
    Buffer.from('30'.repeat(5000), 'hex'),
  ];
  for (const bytes of garbage) assert.throws(() => parseOcspResponse(bytes), refused(), bytes.toString('hex', 0, 20));
});

/** The genuine response with some of the fields of what is signed replaced. */
function change(edit: (fields: Buffer[]) => Buffer[]): Buffer {
  const [tbs, ...rest] = elements(parseDer(parseDer(basicOf(genuine)).encoded).content) as [Buffer, ...Buffer[]];
  return wrapBasicResponse(sequence(sequence(...edit(elements(parseDer(tbs).content))), ...rest));
}

function basicOf(response: Buffer): Buffer {
  const [, wrapped] = elements(parseDer(response).content);
  const [, basic] = elements(parseDer(parseDer(wrapped as Buffer).content).content);
  return parseDer(basic as Buffer).content;
}

test('what is signed has one form', () => {
  const version = (n: number): Buffer => der(0xa0, integer(n));
  assert.equal(parse(change((fields) => fields)).responses.length, 1);
  assert.equal(parse(change((fields) => [version(0), ...fields])).responses.length, 1);
  const malformed: Record<string, (fields: Buffer[]) => Buffer[]> = {
    'another version': (fields) => [version(1), ...fields],
    'no responder': ([, ...fields]) => fields,
    'a responder of another kind': ([, ...fields]) => [der(0xa3, sequence()), ...fields],
    'a time of two digits': ([id, , ...fields]) => [id as Buffer, der(0x17, '260102030405Z'), ...fields],
    'a time with a fraction': ([id, , ...fields]) => [id as Buffer, der(0x18, '20260102030405.1Z'), ...fields],
    'something behind': (fields) => [...fields, integer(0)],
    'extensions twice': (fields) => [...fields, fields.at(-1) as Buffer],
    'no extensions in their place': (fields) => [...fields.slice(0, -1), der(0xa1)],
  };
  for (const [what, edit] of Object.entries(malformed)) {
    assert.throws(() => parseOcspResponse(change(edit)), refused(), what);
  }
});

test('only basic responses', () => {
  const other = sequence(
    der(0x0a, Buffer.from([0])),
    der(0xa0, sequence(oid('1.3.6.1.5.5.7.48.1.99'), octets(basicOf(genuine)))),
  );
  assert.throws(() => parseOcspResponse(other), refused(/unknown type of response/));
  assert.equal(parse(wrapBasicResponse(basicOf(genuine))).responses.length, 1);
});

test('statuses of one form', () => {
  const read = (status: Buffer): unknown =>
    parseOcspResponse(
      forgeOcspResponse({ answers: [{ certificate, issuer, status }], key: ca.key, responderId: byName(issuer) }),
    );
  for (const status of [der(0x80, 'x'), der(0x82, 'x'), der(0x81), der(0xa1), der(0x83), der(0xa0), integer(0)]) {
    assert.throws(() => read(status), refused(), status.toString('hex'));
  }
});

test('a nonce has to be an octet string', () => {
  const nonce = sequence(oid('1.3.6.1.5.5.7.48.1.2'), octets(Buffer.from('raw')));
  const forged = forgeOcspResponse({ answers, key: ca.key, responderId: byName(issuer), extensions: [nonce] });
  assert.throws(() => parseOcspResponse(forged), refused());
});

test('a bounded number of certificates', () => {
  const many = (count: number): Buffer =>
    forgeOcspResponse({
      ...{ answers, key: ca.key, responderId: byName(issuer) },
      certificates: Array.from({ length: count }, () => issuer),
    });
  assert.equal(parse(many(8)).certificates.length, 8);
  assert.throws(() => parseOcspResponse(many(9)), refused(/9 certificates/));
});
