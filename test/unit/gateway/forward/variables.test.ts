import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { after, test } from 'node:test';
import { variables } from '../../../../src/config/variables.ts';
import { isConnectionConstant, variableOf, variableReader } from '../../../../src/gateway/forward/variables.ts';
import {
  makeConnection,
  makeDenial,
  makeExchange,
  makeHead,
  makePermit,
  overTls,
  readCertificate,
  rejected,
  upstreams,
  verified,
} from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const certificate = readCertificate(
  makeCertificate(directory, {
    ca,
    name: 'client-a',
    subject: '/C=DE/O=Company A/CN=old/CN=Zürich',
    serial: '05',
    san: 'DNS:a.example,DNS:b.example,email:a@a.example,URI:spiffe://a.example/x,IP:192.0.2.1,IP:2001:db8::1',
    notBefore: new Date('2026-11-03T15:14:09Z'),
    notAfter: new Date('2027-11-13T15:14:09Z'),
  }).certificate,
);

const head = makeHead(
  [
    ...['Host', 'Service1.Company-B.example:8443', 'X-Forwarded-For', '10.0.0.1', 'x-forwarded-for', '10.0.0.2'],
    ...[
      'Cookie',
      'a=1; session=s',
      'Cookie',
      'b=2',
      'Content-Type',
      'text/x',
      'Content-Length',
      '3',
      'X-A',
      '1',
      'X-A',
      '2',
    ],
    ...['Authorization', `Basic ${Buffer.from('alice:secret').toString('base64')}`, 'X_A', 'dropped'],
  ],
  { method: 'POST', target: '/a/../b%20c?x=1&Y=%20' },
);

const finished = makeExchange({
  connection: makeConnection({ tls: { ...overTls, resumed: true } }),
  head,
  ordinal: 3,
  decision: makePermit({ authentication: verified(certificate), target: head.target }),
  attempts: [
    {
      upstream: 'service1',
      address: '127.0.0.1:3000',
      startedAtMs: 0,
      connectMs: 1.9,
      responseBytes: 0,
      error: 'reset',
    },
    {
      upstream: 'service1',
      address: '127.0.0.1:3001',
      startedAtMs: 0,
      status: 200,
      connectMs: 0,
      headerMs: 12,
      responseMs: 1234.5,
      responseBytes: 5,
    },
  ],
  status: 200,
  responseHeaders: { 'content-type': 'text/plain', 'set-cookie': ['a=1', 'b=2'], 'content-length': 5 },
  requestBodyBytes: 3,
  responseBodyBytes: 5,
  durationMs: 1500.7,
});

/** A head as HTTP/1.1 writes it. */
function wire(firstLine: string, headers: readonly string[]): string {
  const lines = headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1]}\r\n`] : []));
  return `${firstLine}\r\n${lines.join('')}\r\n`;
}

/** Runs something in a time zone. */
function inZone(zone: string, run: () => void): void {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    run();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

/** One value for each name of the table; a member of each family. */
const golden: Readonly<Record<string, string>> = {
  remote_addr: '192.0.2.10',
  remote_port: '50123',
  server_addr: '127.0.0.1',
  server_port: '8443',
  connection: '7',
  connection_requests: '3',
  http2: '',
  request: 'POST /a/../b%20c?x=1&Y=%20 HTTP/1.1',
  request_method: 'POST',
  request_uri: '/a/../b%20c?x=1&Y=%20',
  uri: '/b c',
  args: 'x=1&Y=%20',
  query_string: 'x=1&Y=%20',
  is_args: '?',
  arg_y: '%20',
  scheme: 'https',
  https: 'on',
  host: 'service1.company-b.example',
  http_host: 'Service1.Company-B.example:8443',
  http_x_a: '1, 2',
  http_cookie: 'a=1; session=s; b=2',
  cookie_session: 's',
  cookie_b: '2',
  content_type: 'text/x',
  content_length: '3',
  remote_user: 'alice',
  server_protocol: 'HTTP/1.1',
  request_id: '0123456789abcdef0123456789abcdef',
  // Of requests that are in a trace: trace-context.test.ts.
  trace_id: '',
  traceparent: '',
  request_length: String(wire(`POST ${head.target} HTTP/1.1`, head.rawHeaders).length + 3),
  server_name: 'service1.company-b.example',
  hostname: hostname(),
  pid: String(process.pid),
  route: '/',
  upstream_name: 'service1',
  denial: '',
  ssl_client_verify: 'SUCCESS',
  ssl_client_s_dn: 'CN=Z\\C3\\BCrich,CN=old,O=Company A,C=DE',
  ssl_client_i_dn: 'CN=Root CA,O=Company A',
  ssl_client_s_dn_legacy: '/C=DE/O=Company A/CN=old/CN=Z\\xC3\\xBCrich',
  ssl_client_i_dn_legacy: '/O=Company A/CN=Root CA',
  ssl_client_serial: '05',
  ssl_client_fingerprint: certificate.sha1,
  ssl_client_fingerprint_sha256: certificate.sha256,
  ssl_client_spki_sha256: certificate.spkiSha256,
  ssl_client_common_name: Buffer.from('Zürich').toString('latin1'),
  ssl_client_san_dns: 'a.example,b.example',
  ssl_client_san_email: 'a@a.example',
  ssl_client_san_uri: 'spiffe://a.example/x',
  ssl_client_san_ip: '192.0.2.1,2001:db8::1',
  ssl_client_escaped_cert: encodeURIComponent(certificate.pem()),
  ssl_client_raw_cert: certificate.pem(),
  ssl_client_v_start: 'Nov  3 15:14:09 2026 GMT',
  ssl_client_v_end: 'Nov 13 15:14:09 2027 GMT',
  ssl_client_v_remain: '354',
  ssl_protocol: 'TLSv1.3',
  ssl_cipher: 'TLS_AES_256_GCM_SHA384',
  ssl_curve: '',
  ssl_server_name: 'service1.company-b.example',
  ssl_session_reused: 'r',
  ssl_alpn_protocol: 'http/1.1',
  proxy_host: '127.0.0.1:3000',
  proxy_add_x_forwarded_for: '10.0.0.1, 10.0.0.2, 192.0.2.10',
  upstream_addr: '127.0.0.1:3000, 127.0.0.1:3001',
  upstream_status: '502, 200',
  upstream_connect_time: '0.001, 0.000',
  upstream_header_time: '-, 0.012',
  upstream_response_time: '-, 1.234',
  upstream_response_length: '0, 5',
  upstream_http_content_type: 'text/plain',
  status: '200',
  bytes_sent: String(
    wire('HTTP/1.1 200 OK', [
      ...['content-type', 'text/plain', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'content-length', '5'],
    ]).length + 5,
  ),
  body_bytes_sent: '5',
  sent_http_set_cookie: 'a=1, b=2',
  request_time: '1.500',
  time_local: '23/Nov/2026:15:14:11 +0000',
  time_iso8601: '2026-11-23T15:14:11+00:00',
  msec: String((finished.startedAtMs + 1500) / 1000).padEnd(14, '0'),
};

test('every variable has its value', () => {
  inZone('UTC', () => {
    for (const [name, value] of Object.entries(golden)) {
      assert.equal(variableOf(finished, name, { upstreams }), value, name);
    }
  });
});

test('every name of the configuration is implemented and has a value above', () => {
  for (const { name } of variables) {
    const member = name.endsWith('*') ? `${name.slice(0, -1)}x` : name;
    assert.equal(typeof variableReader(member)(makeExchange(), {}), 'string', name);
    const tested = Object.keys(golden).some((known) =>
      name.endsWith('*') ? known.startsWith(name.slice(0, -1)) : known === name,
    );
    assert.ok(tested, `${name} has no golden value`);
  }
});

test('other names have no value', () => {
  for (const name of ['', 'nothing', 'http_', 'arg_', 'toString', '__proto__', 'constructor']) {
    assert.throws(() => variableOf(finished, name), { code: 'internal' }, name);
  }
});

test('an exchange that was cut short has values, too', () => {
  const gone = makeExchange({ failure: { code: 'client-closed', reason: 'gone' } });
  assert.equal(variableOf(gone, 'status'), '499');
  assert.equal(variableOf(makeExchange(), 'status'), '000');
  assert.equal(variableOf(gone, 'bytes_sent'), '0');
  assert.equal(variableOf(gone, 'upstream_status'), '');
  assert.equal(variableOf(gone, 'denial'), 'client-closed');
  assert.equal(variableOf(makeExchange({ decision: makeDenial() }), 'denial'), 'not-allowed');
});

test('a failed attempt has the status that was sent for it', () => {
  const attempts = [{ upstream: 'service1', address: 'a', startedAtMs: 0, responseBytes: 0, error: 'timeout' }];
  const failure = { code: 'upstream-timeout', reason: 'no answer' } as const;
  assert.equal(variableOf(makeExchange({ attempts, failure }), 'upstream_status'), '504');
  assert.equal(
    variableOf(makeExchange({ attempts: [{ ...attempts[0], error: undefined } as never] }), 'upstream_status'),
    '-',
  );
});

test('a rejected certificate is told to logs alone', () => {
  const decision = makePermit({ authentication: rejected('CERT_HAS_EXPIRED', certificate) });
  const exchange = makeExchange({ decision });
  assert.equal(variableOf(exchange, 'ssl_client_verify'), 'FAILED:certificate has expired');
  for (const { name } of variables) {
    if (!name.startsWith('ssl_client_') || name === 'ssl_client_verify') continue;
    assert.equal(variableOf(exchange, name), '', name);
    assert.notEqual(variableOf(exchange, name, { unverified: true }), '', name);
  }
});

test('a comma in a name does not forge an entry of a list', () => {
  const forged = makeCertificate(directory, {
    ca,
    name: 'comma',
    extensions: ['subjectAltName=@names', '[names]', 'URI.1=spiffe://a.example/a,spiffe://b.example/admin'],
  });
  const decision = makePermit({ authentication: verified(readCertificate(forged.certificate)) });
  assert.equal(
    variableOf(makeExchange({ decision }), 'ssl_client_san_uri'),
    'spiffe://a.example/a%2Cspiffe://b.example/admin',
  );
});

test('an underscore in a header does not reach the variable of another', () => {
  const exchange = makeExchange({
    head: makeHead(['X_Real_IP', '10.0.0.1', 'X-Real_IP', '10.0.0.2', 'X.Real.IP', '3']),
  });
  assert.equal(variableOf(exchange, 'http_x_real_ip'), '');
});

test('times are told in the zone of the process', () => {
  inZone('Asia/Kolkata', () => {
    assert.equal(variableOf(finished, 'time_local', { nowMs: 0 }), '01/Jan/1970:05:30:00 +0530');
  });
  inZone('America/St_Johns', () => {
    assert.equal(variableOf(finished, 'time_iso8601', { nowMs: 0 }), '1969-12-31T20:30:00-03:30');
  });
});

test('what is constant for a connection does not depend on the request', () => {
  const constant = variables.map(({ name }) => name).filter(isConnectionConstant);
  const decision = makePermit({ authentication: verified(certificate) });
  const one = makeExchange({ decision, head, ordinal: 1 });
  const other = makeExchange({
    decision,
    head: makeHead(['Host', 'x'], { target: '/y' }),
    ordinal: 2,
    id: 'f'.repeat(32),
    startedAtMs: one.startedAtMs + 864e6,
  });
  for (const name of constant) assert.equal(variableOf(one, name), variableOf(other, name), name);
  assert.ok(constant.includes('ssl_client_s_dn'));
  assert.ok(!constant.includes('ssl_client_v_remain') && !constant.includes('host') && !constant.includes('http_x_a'));
});
