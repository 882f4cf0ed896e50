// The certificates of the whole picture, made in the two ways that people make them: with openssl's classic commands, and
// with `mutual ca`. Company B has the CA; a second CA of the same name, which nobody trusts, signs a client of the same name.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CertificateFiles } from './openssl.ts';
import { runCa } from './run-ca.ts';

/** A certificate, its key, and both in one file. */
export interface BundledFiles extends CertificateFiles {
  readonly bundle: string;
}

export interface CompanyCertificates {
  /** File of the CA certificate. */
  readonly ca: string;
  /** Of `service1.company-b.example` and `localhost`. */
  readonly server: BundledFiles;
  /** `CN=client-a,O=Company A`. */
  readonly client: BundledFiles;
  /** The same, from the CA that is not trusted. */
  readonly stranger: BundledFiles;
  readonly strangerCa: string;
}

export interface CertificateMaker {
  readonly name: string;
  /** @param directory an empty one */
  make(directory: string): Promise<CompanyCertificates>;
}

export const serverName = 'service1.company-b.example';
export const clientDn = 'CN=client-a,O=Company A';

export const certificateMakers: readonly CertificateMaker[] = [
  { name: "openssl's commands", make: async (directory) => makeWithOpenssl(directory) },
  { name: 'mutual ca', make: makeWithMutualCa },
];

function makeWithOpenssl(directory: string): CompanyCertificates {
  const run = (cwd: string, script: string): void => {
    mkdirSync(cwd, { recursive: true });
    execFileSync('sh', ['-e'], { cwd, input: script, stdio: ['pipe', 'pipe', 'pipe'] });
  };
  const makeAuthority = `
openssl genrsa -out rootca.key 2048
openssl req -x509 -new -nodes -key rootca.key -sha256 -days 1024 -subj '/O=Company B/CN=Root CA' -out rootca.crt
`;
  const makeClient = `
openssl genrsa -out client-a.key 2048
openssl req -new -key client-a.key -subj '/O=Company A/CN=client-a' -out client-a.csr
openssl x509 -req -in client-a.csr -CA rootca.crt -CAkey rootca.key -CAcreateserial -out client-a.crt -days 500 -sha256
cat client-a.crt client-a.key > client-a.pem
`;
  const makeServer = `
openssl genrsa -out server.key 2048
openssl req -new -key server.key -subj '/O=Company B/CN=${serverName}' -out server.csr
echo 'subjectAltName = DNS:${serverName}, DNS:localhost' > server.ext
openssl x509 -req -in server.csr -CA rootca.crt -CAkey rootca.key -CAcreateserial -out server.crt -days 500 -sha256 -extfile server.ext
cat server.crt server.key > server.pem
`;
  const other = join(directory, 'other');
  run(directory, makeAuthority + makeClient + makeServer);
  run(other, makeAuthority + makeClient);
  return {
    ca: join(directory, 'rootca.crt'),
    server: filesOf(directory, 'server'),
    client: filesOf(directory, 'client-a'),
    stranger: filesOf(other, 'client-a'),
    strangerCa: join(other, 'rootca.crt'),
  };
}

async function makeWithMutualCa(directory: string): Promise<CompanyCertificates> {
  const ca = join(directory, 'ca');
  const other = join(directory, 'other');
  const client = ['issue', 'client-a', '--client', '--organization', 'Company A'];
  const server = ['issue', 'server', '--server', '--san', `DNS:${serverName},DNS:localhost`];
  for (const [dir, ...args] of [
    [ca, 'init', '--name', 'Root CA'],
    [ca, ...client],
    [ca, ...server],
    [other, 'init', '--name', 'Root CA'],
    [other, ...client],
  ] as const) {
    const { exitCode, error } = await runCa([...args, '--dir', dir]);
    assert.equal(exitCode, 0, error?.message);
  }
  return {
    ca: join(ca, 'ca.crt'),
    server: filesOf(ca, 'server'),
    client: filesOf(ca, 'client-a'),
    stranger: filesOf(other, 'client-a'),
    strangerCa: join(other, 'ca.crt'),
  };
}

function filesOf(directory: string, name: string): BundledFiles {
  const [certificate, key, bundle] = ['crt', 'key', 'pem'].map((suffix) => join(directory, `${name}.${suffix}`));
  return { certificate, key, bundle } as BundledFiles;
}
