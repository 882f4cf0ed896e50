// HAProxy with one thread. It writes no files: its access log goes line by line to standard output, which is one.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePort,
  isInstalled,
  ownDirectory,
  type Program,
  type Setting,
  startProgram,
  versionPrinted,
} from './target.ts';

export const haproxy: Program = {
  name: 'HAProxy',
  isThere: () => isInstalled('haproxy', '-v'),
  version: () => versionPrinted('haproxy', '-v'),
  async start(setting) {
    const directory = ownDirectory(setting, 'haproxy');
    const port = await freePort();
    const file = join(directory, 'haproxy.cfg');
    writeFileSync(file, configuration(setting, port));
    const args = ['-db', '-q', '-f', file];
    return startProgram({ name: 'HAProxy', command: 'haproxy', args, port, directory, stdout: 'access.log' });
  },
};

function configuration({ credentials, crl, workers, backendPort }: Setting, port: number): string {
  return `global
  nbthread ${workers}
  maxconn 8000
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
frontend clients
  bind 127.0.0.1:${port} backlog 4096 ssl crt ${credentials}/server.pem ca-file ${credentials}/ca.crt verify required alpn http/1.1 ${crl === undefined ? '' : `crl-file ${crl}`}
  unique-id-format %[rand(4294967295),hex]%[rand(4294967295),hex]
  unique-id-header X-Request-Id
  http-request set-header X-Real-IP %[src]
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-SSL-Client-Verify %[ssl_c_verify]
  http-request set-header X-SSL-Client-S-DN %[ssl_c_s_dn(,0,rfc2253)]
  http-request set-header X-SSL-Client-I-DN %[ssl_c_i_dn(,0,rfc2253)]
  http-request set-header X-SSL-Client-Serial %[ssl_c_serial,hex]
  http-request set-header X-SSL-Client-Fingerprint %[ssl_c_sha1,hex]
  default_backend service
backend service
  http-reuse always
  server one 127.0.0.1:${backendPort}
`;
}
