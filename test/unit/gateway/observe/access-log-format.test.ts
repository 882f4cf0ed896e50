import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { AccessLogConfig } from '../../../../src/config/schema.ts';
import { parseTemplate } from '../../../../src/config/template.ts';
import type { Exchange } from '../../../../src/gateway/forward/exchange.ts';
import { compileAccessLogFormat } from '../../../../src/gateway/observe/access-log-format.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makeHead,
  makePermit,
  readCertificate,
  rejected,
  upstreams,
  verified,
} from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const certificate = readCertificate(
  makeCertificate(directory, { ca, name: 'client-a', subject: '/O=Company A/CN=client-a', serial: '0C' }).certificate,
);

const combined = compileAccessLogFormat({ kind: 'combined' });
const json = compileAccessLogFormat({ kind: 'json' });
const template = (text: string) =>
  compileAccessLogFormat({ kind: 'template', template: parseTemplate(text) }, { upstreams });

/** What stands between the brackets of a combined line. */
const withoutTime = (line: string): string => line.replace(/\[\d\d\/[A-Z][a-z]{2}\/\d{4}(:\d\d){3} [+-]\d{4}\]/, '[]');

const served = makeExchange({
  head: makeHead([
    'User-Agent',
    'curl/8',
    'Referer',
    'https://a.example/',
    'Authorization',
    'Basic YWxpY2U6c2VjcmV0',
    'Cookie',
    'a=1',
  ]),
  decision: makePermit({ authentication: verified(certificate) }),
  lane: 'standard',
  attempts: [
    {
      upstream: 'service1',
      address: '127.0.0.1:3000',
      startedAtMs: 0,
      status: 200,
      connectMs: 0.12345,
      headerMs: 3,
      responseMs: 4,
      responseBytes: 5,
    },
  ],
  status: 200,
  responseBodyBytes: 5,
  durationMs: 12.3456,
});

test('combined has nginx’s fields', () => {
  assert.equal(
    withoutTime(combined(served)),
    '192.0.2.10 - alice [] "GET / HTTP/1.1" 200 5 "https://a.example/" "curl/8"',
  );
});

test('combined: what is not there is a dash, and a client that went away is a 499', () => {
  const gone = makeExchange({ failure: { code: 'client-closed', reason: 'gone' } });
  assert.equal(withoutTime(combined(gone)), '192.0.2.10 - - [] "GET / HTTP/1.1" 499 0 "-" "-"');
});

test('combined: time moves on', () => {
  const lines = [0, 999, 1000].map((ms) =>
    combined({ ...served, startedAtMs: served.startedAtMs + ms, durationMs: 0 }),
  );
  assert.equal(lines[0], lines[1]);
  assert.notEqual(lines[1], lines[2]);
});

test('json: every key, and null for what does not apply', () => {
  assert.deepEqual(JSON.parse(json(served)), {
    time: '2026-11-23T15:14:10.012Z',
    request_id: '0123456789abcdef0123456789abcdef',
    trace: null,
    remote_addr: '192.0.2.10',
    method: 'GET',
    target: '/',
    host: 'service1.company-b.example',
    protocol: 'HTTP/1.1',
    status: 200,
    bytes: 5,
    duration_ms: 12.346,
    server: 'service1.company-b.example',
    route: '/',
    lane: 'standard',
    verify: 'SUCCESS',
    client: {
      dn: 'CN=client-a,O=Company A',
      issuer: 'CN=Root CA,O=Company A',
      serial: '0C',
      sha256: certificate.sha256,
    },
    upstream: {
      name: 'service1',
      address: '127.0.0.1:3000',
      status: 200,
      connect_ms: 0.123,
      header_ms: 3,
      response_ms: 4,
      bytes: 5,
      error: null,
      attempts: 1,
    },
    failure: null,
    user_agent: 'curl/8',
    referer: 'https://a.example/',
  });
  const plain = makeExchange({ connection: makeConnection({ tls: undefined }) });
  const empty = JSON.parse(json(plain));
  assert.deepEqual(Object.keys(empty), Object.keys(JSON.parse(json(served))));
  for (const key of ['trace', 'server', 'route', 'verify', 'client', 'upstream', 'failure', 'user_agent', 'referer']) {
    assert.equal(empty[key], null, key);
  }
});

test('json: a denial says why, and which certificate was rejected', () => {
  const decision = makeDenial({
    code: 'client-certificate-invalid',
    reason: 'certificate has expired',
    authentication: rejected('CERT_HAS_EXPIRED', certificate),
    server: undefined,
    route: undefined,
  });
  const record = JSON.parse(json(makeExchange({ decision, status: 400 })));
  assert.deepEqual(record.failure, { code: 'client-certificate-invalid', reason: 'certificate has expired' });
  assert.equal(record.verify, 'FAILED:certificate has expired');
  assert.equal(record.client.dn, 'CN=client-a,O=Company A');
  assert.equal(record.server, 'service1.company-b.example');
  assert.equal(record.route, null);
});

test('template: variables of the request, the certificate and the upstream', () => {
  const line = template('$remote_addr "$ssl_client_s_dn" $status $$ $proxy_host $ssl_client_i_dn $http_x_none Zürich')(
    served,
  );
  assert.equal(line, '192.0.2.10 "CN=client-a,O=Company A" 200 $ 127.0.0.1:3000 CN=Root CA,O=Company A - Zürich');
});

test('template: credentials are never written, whoever asks for them', () => {
  const answered = { ...served, responseHeaders: { 'set-cookie': ['session=s3cret'] } };
  const format = template('$http_authorization|$http_cookie|$cookie_a|$sent_http_set_cookie|$http_proxy_authorization');
  assert.equal(format(answered), '[redacted]|[redacted]|[redacted]|[redacted]|-');
});

test('a rejected certificate is logged under its name', () => {
  const decision = makeDenial({ authentication: rejected('CERT_REVOKED', certificate) });
  const line = template('$ssl_client_verify $ssl_client_s_dn')(makeExchange({ decision }));
  assert.equal(line, 'FAILED:certificate revoked CN=client-a,O=Company A');
});

test('nothing that a client sends leaves its field or its line', () => {
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 30,
  });
  const formats: AccessLogConfig['format'][] = [
    { kind: 'combined' },
    { kind: 'json' },
    {
      kind: 'template',
      template: parseTemplate('"$request" "$http_user_agent" "$http_x_a" "$uri" "$host" "$remote_user"'),
    },
  ];
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, (method, target, value, other) => {
      const headers = ['User-Agent', value, 'Referer', other, 'X-A', other, 'Host', value];
      headers.push('Authorization', `Basic ${Buffer.from(value, 'latin1').toString('base64')}`);
      const exchange: Exchange = makeExchange({ head: makeHead(headers, { method, target }) });
      const [line, object, own] = formats.map((format) => compileAccessLogFormat(format)(exchange)) as [
        string,
        string,
        string,
      ];
      for (const text of [line, object, own]) assert.match(text, /^[\x20-\x7e]*$/);
      // Quotes and backslashes are escaped, so quotes can be counted.
      assert.equal(line.split('"').length, 7);
      assert.equal(own.split('"').length, 13);
      const record = JSON.parse(object);
      assert.deepEqual([record.method ?? '', record.target ?? '', record.user_agent], [method, target, value]);
    }),
  );
});
