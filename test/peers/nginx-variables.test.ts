// Variables and the combined log beside a real nginx: the same requests over mutual TLS, every value the same.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { Exchange } from '../../src/gateway/forward/exchange.ts';
import { variableOf } from '../../src/gateway/forward/variables.ts';
import { compileAccessLogFormat } from '../../src/gateway/observe/access-log-format.ts';
import { escapeLog } from '../../src/gateway/observe/escape.ts';
import {
  absent,
  makeConnection,
  makeExchange,
  makeHead,
  makePermit,
  makeRoute,
  makeServer,
  overTls,
  readCertificate,
  verified,
} from '../support/exchange.ts';
import { startNginx, withoutNginx } from '../support/nginx.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../support/openssl.ts';

const names = [
  ...['remote_addr', 'connection_requests', 'request', 'request_method', 'request_uri', 'uri', 'args', 'query_string'],
  ...['is_args', 'arg_a', 'arg_b', 'scheme', 'https', 'host', 'http_host', 'http_x_a', 'http_user_agent', 'http_x_b'],
  ...['cookie_a', 'cookie_session', 'content_type', 'content_length', 'remote_user', 'server_protocol', 'server_name'],
  ...['request_length', 'ssl_client_verify', 'ssl_client_s_dn', 'ssl_client_i_dn', 'ssl_client_s_dn_legacy'],
  ...['ssl_client_i_dn_legacy', 'ssl_client_serial', 'ssl_client_fingerprint', 'ssl_client_escaped_cert'],
  ...[
    'ssl_client_raw_cert',
    'ssl_client_v_start',
    'ssl_client_v_end',
    'ssl_client_v_remain',
    'ssl_protocol',
    'ssl_cipher',
  ],
  ...['ssl_server_name', 'ssl_session_reused', 'ssl_alpn_protocol', 'proxy_add_x_forwarded_for', 'status'],
  ...['body_bytes_sent', 'time_local', 'time_iso8601', 'sent_http_x_answer', 'sent_http_content_type'],
];

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/C=DE/O=Company A/CN=Root, "CA"' });
const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost' });
const client = makeCertificate(directory, {
  ca,
  name: 'client',
  serial: 'F1E2D3C4B5A697',
  subject:
    '/C=DE/ST=Bavaria/L=München/O=Acme, Inc. "Q" <x>;y/OU=R&D\\+Ops/OU=Second OU/DC=example/serialNumber=77+UID=u1' +
    '/CN=#alice = 1\\\\back /emailAddress=alice@example.com',
});
const socketPath = join(directory, 's');
const logFile = join(directory, 'all.log');
const combinedFile = join(directory, 'combined.log');

if (withoutNginx === false) {
  const http = `
  log_format all '"$msec${names.map((name) => `"$${name}`).join('')}"';
  access_log ${logFile} all; access_log ${combinedFile} combined;
  server {
    listen unix:${socketPath} ssl; server_name localhost;
    ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};
    ssl_verify_client optional; ssl_client_certificate ${ca.certificate};
    default_type text/plain; add_header X-Answer "a"; return 200 "body";
  }`;
  await startNginx({ after }, directory, http);
}

/** Resolves to what `find` finds, asked again whenever a file in the directory changes. */
async function found<T>(find: () => T | undefined): Promise<T> {
  const watcher = watch(directory);
  try {
    for (;;) {
      const value = find();
      if (value !== undefined) return value;
      await once(watcher, 'change');
    }
  } finally {
    watcher.close();
  }
}

/** The line that nginx writes about its n-th request: it may come later than the response. */
function logLine(file: string, n: number): Promise<string> {
  return found(() => (existsSync(file) ? readFileSync(file, 'latin1').split('\n').slice(0, -1)[n - 1] : undefined));
}

interface Case {
  readonly target?: string;
  readonly headers?: readonly string[];
  readonly withCertificate?: boolean;
  readonly version?: '1.0' | '1.1';
}

/** Sends one request to nginx; returns what nginx logged and the same exchange as we would have it. */
async function exchangeWithNginx(
  facts: Case,
  n: number,
): Promise<{ values: string[]; combined: string; exchange: Exchange }> {
  const { target = '/', withCertificate = true, version = '1.1' } = facts;
  const headers = facts.headers ?? ['Host', 'localhost'];
  const lines = headers.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${headers[i + 1]}\r\n`] : []));
  const socket: TLSSocket = connect({
    path: socketPath,
    servername: 'localhost',
    ALPNProtocols: ['http/1.1'],
    ca: readFileSync(ca.certificate),
    ...(withCertificate ? { cert: readFileSync(client.certificate), key: readFileSync(client.key) } : {}),
  });
  await once(socket, 'secureConnect');
  const tls = {
    ...overTls,
    protocol: socket.getProtocol() ?? '',
    cipher: socket.getCipher().name,
    serverName: 'localhost',
  };
  socket.write(`GET ${target} HTTP/${version}\r\n${lines.join('')}\r\n`, 'latin1');
  socket.end();
  socket.resume();
  await once(socket, 'close');
  const [, msec = '', ...values] = (await logLine(logFile, n)).split('"');
  const route = makeRoute();
  const exchange = makeExchange({
    connection: makeConnection({
      client: { address: 'unix:', port: 0 },
      tls,
    }),
    head: makeHead(headers, { target, httpVersion: version }),
    startedAtMs: Number(msec) * 1000,
    durationMs: 0,
    status: 200,
    responseBodyBytes: 4,
    responseHeaders: { 'content-type': 'text/plain', 'x-answer': 'a' },
  });
  exchange.decision = makePermit({
    route,
    server: makeServer(route, { names: ['localhost'] }),
    authentication: withCertificate ? verified(readCertificate(client.certificate)) : absent,
    authority: variableOf(exchange, 'host'),
    target: variableOf(exchange, 'request_uri'),
  });
  return { values: values.slice(0, -1), combined: await logLine(combinedFile, n), exchange };
}

const cases: Readonly<Record<string, Case>> = {
  'a plain request': {},
  'without a certificate': { withCertificate: false },
  'arguments, escapes and dots in the target': {
    target: '/a%20b//c/./d/../%C3%BC%0a?A=1%20&b=&a=2&bb=3?x=%22',
    headers: ['Host', 'LocalHost.:8443', 'User-Agent', 'a"b\\c\x7f\xfc\td', 'Referer', 'http://x/"'],
  },
  'a target that ends in dots': { target: '/a/b/../..', headers: ['Host', 'localhost'] },
  'an empty argument list': { target: '/a/.?', headers: ['Host', 'localhost'] },
  'an absolute target': { target: 'http://Other.Example:99/x?y', headers: ['Host', 'localhost'] },
  'HTTP/1.0 without Host': { version: '1.0', headers: [] },
  'a user name, cookies and forwarding': {
    headers: [
      ...['Host', 'localhost', 'Authorization', `Basic ${Buffer.from('alice:secret:x').toString('base64')}`],
      ...['Cookie', 'b=0; session="x y"; A=first; a=second', 'X-Forwarded-For', '10.0.0.1, 10.0.0.2'],
      ...['X-A', 'one', 'X_B', 'dropped', 'Content-Type', 'text/x', 'Content-Length', '0'],
    ],
  },
  'no user name': { headers: ['Host', 'localhost', 'Authorization', 'Basic !!!', 'Cookie', 'session'] },
  'an empty forwarding list': { headers: ['Host', 'localhost', 'X-Forwarded-For', ''] },
};

for (const [i, [name, facts]] of Object.entries(cases).entries()) {
  test(name, { skip: withoutNginx }, async () => {
    const { values, combined, exchange } = await exchangeWithNginx(facts, i + 1);
    assert.equal(values.length, names.length);
    for (const [j, variable] of names.entries()) {
      // A variable that is empty and one that is absent are the same to us; nginx writes nothing for the first.
      const theirs = values[j] === '-' ? '' : values[j];
      assert.equal(escapeLog(variableOf(exchange, variable)), theirs, variable);
    }
    assert.equal(compileAccessLogFormat({ kind: 'combined' })(exchange), combined);
  });
}
