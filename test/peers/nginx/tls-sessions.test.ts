// Sessions, names and certificates of TLS servers: a client that comes back, one that asks for another name, and one that
// can make use of one kind of key alone, of the real nginx and of this program.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls from 'node:tls';
import { withoutNginx } from '../../support/nginx.ts';
import { get, type OracleFile, type Program, startProgram, stopProgram } from '../../support/nginx-oracle.ts';
import { makeCa, makeCertificate, runOpenssl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const certificateOf = (name: string, keyType: 'ec' | 'rsa' = 'rsa') =>
  makeCertificate(directory, { ca, name, keyType });
const rsa = certificateOf('rsa');
const ec = certificateOf('ec', 'ec');
const one = certificateOf('one');
const two = certificateOf('two', 'ec');
const path = (name: string): string => join(directory, name);
writeFileSync(path('ticket1'), randomBytes(48));
writeFileSync(path('ticket2'), randomBytes(80));
writeFileSync(path('passwords'), 'wrong\nfirst\n\nsecond\n');
for (const [name, key, password] of [
  ['one.locked', one.key, 'first'],
  ['two.locked', two.key, 'second'],
] as const) {
  runOpenssl(['pkcs8', '-topk8', '-in', key, '-out', path(name), '-passout', `pass:${password}`]);
}

const certificate = `ssl_certificate ${rsa.certificate}; ssl_certificate_key ${rsa.key};`;
const say = 'return 200 "$ssl_server_name $server_name $ssl_session_reused $ssl_protocol\\n";';
const file: OracleFile = {
  title: 'sessions and certificates',
  http: `
    ssl_protocols TLSv1.2 TLSv1.3;
    map $ssl_server_name $chosen { default rsa; one.test one; none.test none; }
    server { listen 127.0.0.1:%%PORT_0%% ssl; ${certificate} ${say} }
    server { listen 127.0.0.1:%%PORT_1%% ssl; ${certificate} ssl_session_cache shared:s:1m; ssl_session_tickets off; ${say} }
    server { listen 127.0.0.1:%%PORT_2%% ssl; ${certificate} ssl_session_cache none; ssl_session_tickets off; ${say} }
    server { listen 127.0.0.1:%%PORT_3%% ssl; ${certificate} ssl_session_ticket_key ${path('ticket1')}; ${say} }
    server { listen 127.0.0.1:%%PORT_4%% ssl; ${certificate} ssl_session_ticket_key ${path('ticket2')}; ssl_session_ticket_key ${path('ticket1')}; ${say} }
    server { listen 127.0.0.1:%%PORT_5%% ssl; ssl_certificate ${directory}/$chosen.crt; ssl_certificate_key ${directory}/$chosen.key; ${say} }
    server { listen 127.0.0.1:%%PORT_6%% ssl; ${certificate} ssl_certificate ${ec.certificate}; ssl_certificate_key ${ec.key}; return 200 "$ssl_curve|$ssl_curves|$ssl_ciphers\\n"; }
    server { listen 127.0.0.1:%%PORT_6%% ssl; server_name locked.test; ssl_password_file ${path('passwords')}; ssl_certificate ${one.certificate}; ssl_certificate_key ${path('one.locked')}; ssl_certificate ${two.certificate}; ssl_certificate_key ${path('two.locked')}; ${say} }
    server { listen 127.0.0.1:%%PORT_7%% ssl; server_name open.test; ${certificate} ${say} }
    server { listen 127.0.0.1:%%PORT_7%% ssl; server_name shut.test; ssl_reject_handshake on; }
    server { listen 127.0.0.1:%%PORT_8%% ssl; ssl_reject_handshake on; }
    server { listen 127.0.0.1:%%PORT_8%% ssl; server_name *.open.test; ${certificate} ${say} }`,
  exchanges: [],
};

interface Came {
  readonly outcome: string;
  readonly session: Buffer | undefined;
}

/** The body and whose certificate was shown, or why there was no handshake. */
function come(port: number, options: tls.ConnectionOptions): Promise<Came> {
  return new Promise((resolve) => {
    let received = '';
    let session: Buffer | undefined;
    let name = '';
    let failure = '';
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('session', (latest) => {
      session = latest;
    });
    socket.on('secureConnect', () => {
      name = String(socket.getPeerCertificate().subject?.CN);
      socket.write(get('/'));
    });
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      failure = String(error.code);
    });
    socket.on('close', () => resolve({ outcome: `${failure}${name}: ${received.split('\r\n\r\n')[1]}`, session }));
  });
}

const versions = ['TLSv1.2', 'TLSv1.3'] as const;
const only = (version: (typeof versions)[number]): tls.ConnectionOptions => ({
  minVersion: version,
  maxVersion: version,
  servername: 'localhost',
});

type Ask = (port: (index: number) => number) => Promise<string[]>;
const cases: Record<string, Ask> = {};
for (const version of versions) {
  for (const [name, first, second] of [
    ['tickets', 0, 0],
    ['a cache alone', 1, 1],
    ['neither', 2, 2],
    ['a key of a file', 3, 3],
    ['a key of a file that has become the second', 3, 4],
    ['a key of another server', 3, 0],
  ] as const) {
    cases[`${version}: a client that comes back with ${name}`] = async (port) => {
      const { outcome, session } = await come(port(first), only(version));
      const again = await come(port(second), { ...only(version), ...(session === undefined ? {} : { session }) });
      return [outcome, again.outcome];
    };
  }
  for (const name of ['one.test', 'other.test', 'none.test']) {
    cases[`${version}: the certificate of ${name} by a variable`] = async (port) => {
      const { outcome } = await come(port(5), { ...only(version), servername: name });
      return [outcome];
    };
  }
}
for (const [kind, sigalgs] of [
  ['RSA', 'RSA-PSS+SHA256'],
  ['ECDSA', 'ECDSA+SHA256'],
] as const) {
  for (const servername of ['localhost', 'locked.test']) {
    cases[`the certificate of ${servername} for those who know ${kind} alone`] = async (port) => {
      const { outcome } = await come(port(6), { sigalgs, servername, ecdhCurve: 'P-384:P-256' });
      return [outcome];
    };
  }
}
cases['what a client offers'] = async (port) =>
  Promise.all(
    [
      { ecdhCurve: 'X25519:P-256' },
      { ecdhCurve: 'P-256', maxVersion: 'TLSv1.2' as const, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    ].map(async (options) => (await come(port(6), options)).outcome),
  );
for (const [index, names] of [
  [7, ['open.test', 'shut.test', 'other.test', 'OPEN.test', '']],
  [8, ['a.open.test', 'open.test', '']],
] as const) {
  for (const servername of names) {
    cases[`port ${index} asked for "${servername}"`] = async (port) => [
      (await come(port(index), { ...only('TLSv1.3'), servername })).outcome,
    ];
  }
}

describe('as nginx: sessions and certificates', { skip: withoutNginx }, () => {
  const programs: Program[] = [];
  const ends: (() => void)[] = [];
  const hook = { after: (end: () => void) => void ends.push(end) };
  before(async () => {
    const other = process.env.ORACLE === 'nginx' ? 'nginx' : 'mutual';
    programs.push(...(await Promise.all([startProgram(hook, file, 'nginx'), startProgram(hook, file, other)])));
  });
  after(async () => {
    await Promise.all(programs.map(stopProgram));
    for (const end of ends.reverse()) end();
  });
  for (const [name, ask] of Object.entries(cases)) {
    test(name, async () => {
      const [nginx, mutual] = await Promise.all(programs.map(({ ports }) => ask((index) => ports[index] as number)));
      assert.deepEqual(mutual, nginx);
    });
  }
});
