// The server block of a company as it stands in many a file: clients by certificate, the service behind by certificate.
// And the slip that is made in it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { type Certificates, makeCertificates } from '../../support/mutual-tls.ts';
import { makeCertificate } from '../../support/openssl.ts';
import { connectRaw } from '../../support/raw-client.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { type MutualProcess, runMutual, spawnMutual } from '../../support/spawn-mutual.ts';

const block = (listen: string, backend: number): string => `daemon off; pid nginx.pid;
events {}
http {
  server { listen ${listen}; server_name service1.company-b.example;
    ssl_certificate mykey.pem; ssl_certificate_key mykey.key; ssl_client_certificate rootca.pem; ssl_verify_client on;
    proxy_ssl_certificate client.crt; proxy_ssl_certificate_key client.key; proxy_ssl_server_name on;
    access_log backenddom.log combined; error_log backenddom.error.log debug;
    location / { proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Client-DN $ssl_client_s_dn;
      proxy_pass https://127.0.0.1:${backend}; } }
}
`;

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilServing(mutual: MutualProcess, pidFile: string): Promise<void> {
  let end: string | undefined;
  mutual.ended.then(({ stderr }) => {
    end = stderr;
  });
  const until = Date.now() + 30_000;
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') {
    if (end !== undefined || Date.now() > until) throw new Error(`does not serve: ${end}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function install({ directory, ca, server }: Certificates): string {
  const client = makeCertificate(directory, { ca, name: 'gateway', eku: 'clientAuth' });
  for (const [from, to] of [
    [server.certificate, 'mykey.pem'],
    [server.key, 'mykey.key'],
    [ca.certificate, 'rootca.pem'],
    [client.certificate, 'client.crt'],
    [client.key, 'client.key'],
  ] as const) {
    copyFileSync(from, join(directory, to));
  }
  return join(directory, 'nginx.conf');
}

test('the service sees the client, and the gateway by its certificate', async (t) => {
  const certificates = makeCertificates(t);
  const file = install(certificates);
  const { directory, ca, server } = certificates;
  const backend = await createRecordingBackend(t, {
    tls: {
      cert: readFileSync(server.certificate),
      key: readFileSync(server.key),
      ca: readFileSync(ca.certificate),
      requestCert: true,
      rejectUnauthorized: true,
    },
  });
  const port = await freePort();
  writeFileSync(file, block(`127.0.0.1:${port} ssl`, backend.port));
  const mutual = spawnMutual(t, ['run', '--nginx', file]);
  await untilServing(mutual, join(directory, 'nginx.pid'));

  const ask = async (options: ConnectionOptions): Promise<string> => {
    const client = await connectRaw(t, { port }, options);
    client.send(
      'GET /a HTTP/1.1\r\nHost: service1.company-b.example\r\nX-Client-DN: CN=forged\r\nConnection: close\r\n\r\n',
    );
    return client.closed;
  };
  assert.match(await ask(certificates.clientA), /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/);
  const [head = ''] = backend.heads;
  assert.match(head, /^GET \/a HTTP\/1\.0\r\nHost: service1\.company-b\.example\r\nX-Real-IP: 127\.0\.0\.1\r\n/);
  assert.match(head, /\r\nX-Forwarded-For: 127\.0\.0\.1\r\nX-Client-DN: CN=client-a,O=Company A\r\n/);
  assert.doesNotMatch(head, /forged/);

  assert.match(
    await ask(certificates.nobody),
    /^HTTP\/1\.1 400 Bad Request[\s\S]*No required SSL certificate was sent/,
  );
  assert.equal(backend.heads.length, 1);

  mutual.signal('SIGQUIT');
  const { exitCode, stdout } = await mutual.ended;
  assert.deepEqual({ exitCode, stdout }, { exitCode: 0, stdout: '' });
  const access = readFileSync(join(directory, 'backenddom.log'), 'utf8');
  assert.match(access, /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/a HTTP\/1\.1" 200 2 "-" "-"\n.* 400 \d+ "-" "-"\n$/);
  const errors = readFileSync(join(directory, 'backenddom.error.log'), 'utf8');
  assert.match(
    errors,
    /\[info\] \d+#\d+: \*\d+ client sent no required SSL certificate while reading client request headers, client: 127\.0\.0\.1, server: service1\.company-b\.example, request: "GET \/a HTTP\/1\.1", host: "service1\.company-b\.example"/,
  );
});

test('upstreams that are not verified are warned of', async (t) => {
  const certificates = makeCertificates(t);
  const file = install(certificates);
  writeFileSync(file, block('127.0.0.1:18443 ssl', 1));
  const { exitCode, stderr, stdout } = await runMutual(t, ['import', file]);
  assert.equal(exitCode, 0);
  assert.match(stdout, /sslVerifyClient: on/);
  assert.match(stderr, /^mutual: warning: the certificate of the upstream "https:\/\/127\.0\.0\.1:1" is not verified/m);
});

test('an address that was forgotten is what the fault speaks of', async (t) => {
  const certificates = makeCertificates(t);
  const file = install(certificates);
  writeFileSync(file, block('ssl', 1));
  for (const args of [
    ['check', '--nginx', file],
    ['run', '--nginx', file],
    ['nginx', '-t', '-e', 'stderr', '-c', file],
  ]) {
    const { exitCode, stderr } = await runMutual(t, args);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /\[emerg\] .*host not found in "ssl" of the "listen" directive: the address is missing, "listen 443 ssl" is probably meant in .*nginx\.conf:4\n/,
    );
  }
});
