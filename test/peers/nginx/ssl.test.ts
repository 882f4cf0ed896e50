// TLS servers: client certificates of every kind, what is told of them, and the pages for those that do not do.

import { readFileSync } from 'node:fs';
import { after } from 'node:test';
import type tls from 'node:tls';
import { compareWithNginx, get, type OracleExchange, request } from '../../support/nginx-oracle.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'root');
const intermediate = makeCa(directory, 'intermediate', { ca });
const stranger = makeCa(directory, 'stranger');
const server = makeCertificate(directory, {
  ca,
  name: 'server',
  san: 'DNS:localhost,DNS:second.test',
  eku: 'serverAuth',
});
const client = (name: string, options = {}): CertificateFiles =>
  makeCertificate(directory, {
    ca,
    name,
    subject: `/C=DE/O=Company A, Inc./OU=R+D/CN=${name}`,
    eku: 'clientAuth',
    ...options,
  });
const good = client('good', { serial: '0A1B2C' });
const clients: Readonly<Record<string, CertificateFiles>> = {
  good,
  revoked: client('revoked'),
  expired: client('expired', { notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }),
  future: client('future', { notBefore: new Date('2040-01-01'), notAfter: new Date('2041-01-01') }),
  purpose: client('purpose', { eku: 'serverAuth' }),
  strange: client('strange', { ca: stranger }),
  own: client('own', { ca: undefined }),
};
const below = client('below', { ca: intermediate });
const crl = makeCrl(ca, { revoked: [clients.revoked?.certificate ?? ''] });

const read = (file: string): string => readFileSync(file, 'latin1');
const as = (identity: CertificateFiles | undefined, options: tls.ConnectionOptions = {}): tls.ConnectionOptions => ({
  ca: read(ca.certificate),
  servername: 'localhost',
  ...(identity === undefined ? {} : { cert: read(identity.certificate), key: read(identity.key) }),
  ...options,
});

const variables = [
  'ssl_client_verify',
  'ssl_client_s_dn',
  'ssl_client_i_dn',
  'ssl_client_s_dn_legacy',
  'ssl_client_i_dn_legacy',
  'ssl_client_serial',
  'ssl_client_fingerprint',
  'ssl_client_v_start',
  'ssl_client_v_end',
  'ssl_client_escaped_cert',
  'ssl_client_raw_cert',
  'ssl_protocol',
  'ssl_cipher',
  'ssl_session_reused',
  'ssl_server_name',
  'https',
  'scheme',
  'server_name',
];
const tell = `return 200 "${variables.map((name) => `${name}=$${name}`).join('\\n')}\\n";`;
const certificate = `ssl_certificate ${server.certificate}; ssl_certificate_key ${server.key};`;

function each(port: number, path = '/'): OracleExchange[] {
  const kinds: (readonly [string, CertificateFiles | undefined])[] = [
    ['nobody', undefined],
    ...Object.entries(clients),
  ];
  return kinds.flatMap(([kind, identity]) =>
    (['TLSv1.2', 'TLSv1.3'] as const).map((version) => ({
      name: `port ${port}, ${version}, ${kind}`,
      port,
      send: get(path),
      tls: as(identity, { minVersion: version, maxVersion: version }),
      shows: /^HTTP\/1.1/,
    })),
  );
}

compareWithNginx({
  title: 'client certificates',
  http: `
    ${certificate}
    ssl_protocols TLSv1.2 TLSv1.3;
    server { listen 127.0.0.1:%%PORT_0%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client on; location / { ${tell} } location /up { proxy_set_header X-DN $ssl_client_s_dn; proxy_set_header X-Verify $ssl_client_verify; proxy_pass http://127.0.0.1:%%BACKEND%%; } }
    server { listen 127.0.0.1:%%PORT_1%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client optional; location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_2%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client optional_no_ca; location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_3%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client on; ssl_crl ${crl}; location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_4%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client on; error_page 495 496 497 /why; location /why { return 403 "$status $uri $ssl_client_verify\\n"; } location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_5%% ssl; server_name localhost; ssl_trusted_certificate ${ca.certificate}; location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_6%% ssl; server_name localhost; ssl_client_certificate ${ca.certificate}; ssl_verify_client on; ssl_verify_depth 0; location / { ${tell} } }
    server { listen 127.0.0.1:%%PORT_7%% ssl; server_name localhost; return 200 "open\\n"; }
    server { listen 127.0.0.1:%%PORT_7%% ssl; server_name second.test; ssl_client_certificate ${ca.certificate}; ssl_verify_client on; return 200 "second $ssl_client_verify\\n"; }`,
  exchanges: [
    ...[0, 1, 2, 3, 4].flatMap((port) => each(port)),
    { name: 'forwarded', send: get('/up'), tls: as(good), shows: /200 OK/ },
    { name: 'not forwarded', send: get('/up'), tls: as(undefined), shows: /400 No required/ },
    { name: 'a server that asks for none', port: 5, send: get('/'), tls: as(good), shows: /ssl_client_verify=NONE/ },
    {
      name: 'behind an intermediate that is sent',
      send: get('/'),
      tls: as(below, { cert: read(below.certificate) + read(intermediate.certificate) }),
      shows: /SUCCESS/,
    },
    {
      name: 'behind an intermediate that is not sent',
      send: get('/'),
      tls: as(below),
      shows: /400 The SSL certificate error/,
    },
    { name: 'no intermediates allowed, and none there', port: 6, send: get('/'), tls: as(good), shows: /^HTTP\/1.1/ },
    {
      name: 'no intermediates allowed, and one there',
      port: 6,
      send: get('/'),
      tls: as(below, { cert: read(below.certificate) + read(intermediate.certificate) }),
      shows: /400/,
    },
    { name: 'plain HTTP', send: get('/'), shows: /400 The plain HTTP request was sent to HTTPS port/ },
    { name: 'plain HTTP with a page', port: 4, send: get('/'), shows: /400 .why/ },
    { name: 'a name that asks for none', port: 7, send: get('/'), tls: as(undefined), shows: /open/ },
    {
      name: 'a name that asks',
      port: 7,
      send: request('GET / HTTP/1.1', 'Host: second.test', 'Connection: close'),
      tls: as(good, { servername: 'second.test' }),
      shows: /second SUCCESS/,
    },
    {
      name: 'a name that asks, and nothing comes',
      port: 7,
      send: request('GET / HTTP/1.1', 'Host: second.test', 'Connection: close'),
      tls: as(undefined, { servername: 'second.test' }),
      shows: /496|400/,
    },
    {
      name: 'from the open name to the other by Host',
      port: 7,
      send: request('GET / HTTP/1.1', 'Host: second.test', 'Connection: close'),
      tls: as(good),
      shows: /421/,
    },
    {
      name: 'from the guarded name to the open one by Host',
      port: 7,
      send: get('/'),
      tls: as(good, { servername: 'second.test' }),
      shows: /open/,
    },
    {
      name: 'without a server name',
      port: 7,
      send: request('GET / HTTP/1.1', 'Host: second.test', 'Connection: close'),
      tls: as(good, { servername: '' }),
      shows: /400/,
    },
    { name: 'HTTP/1.0', send: request('GET /up HTTP/1.0'), tls: as(good), shows: /200 OK/ },
  ],
});

compareWithNginx({
  title: 'upstreams that speak TLS',
  backendTls: {
    cert: read(server.certificate),
    key: read(server.key),
    ca: read(ca.certificate),
    requestCert: true,
    rejectUnauthorized: false,
  },
  http: `
    server {
        listen 127.0.0.1:%%PORT_0%%;
        server_name localhost;
        proxy_set_header Host localhost; proxy_ssl_session_reuse off;
        location /plain { proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /verified { proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca.certificate}; proxy_ssl_name localhost; proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /stranger { proxy_ssl_verify on; proxy_ssl_trusted_certificate ${stranger.certificate}; proxy_ssl_name localhost; proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /name { proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca.certificate}; proxy_ssl_name other.test; proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /certificate { proxy_ssl_certificate ${good.certificate}; proxy_ssl_certificate_key ${good.key}; proxy_ssl_server_name on; proxy_ssl_name localhost; proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /revoked { proxy_ssl_verify on; proxy_ssl_crl ${crl}; proxy_ssl_trusted_certificate ${ca.certificate}; proxy_ssl_name localhost; proxy_pass https://127.0.0.1:%%BACKEND%%; }
        location /wrong { proxy_pass http://127.0.0.1:%%BACKEND%%; }
    }`,
  exchanges: [
    ...['/plain', '/verified', '/certificate', '/revoked'].map((path) => ({
      name: path,
      send: get(path),
      shows: /200 OK/,
    })),
    ...['/stranger', '/name'].map((path) => ({ name: path, send: get(path), shows: /502 Bad Gateway/ })),
  ],
});
