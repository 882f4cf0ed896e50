// nginx with one worker, the access log buffered as busy sites have it, connections to the backend kept. Bodies are
// streamed in both directions, as mutual streams them: nginx's own default writes larger ones to files first.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  freePort,
  isInstalled,
  ownDirectory,
  type Program,
  routePath,
  type Setting,
  startProgram,
  versionPrinted,
} from './target.ts';

export const nginx: Program = {
  name: 'nginx',
  isThere: () => isInstalled('nginx', '-v'),
  version: () => versionPrinted('nginx', '-v'),
  async start(setting) {
    const prefix = ownDirectory(setting, 'nginx');
    const port = await freePort();
    const file = join(prefix, 'nginx.conf');
    writeFileSync(file, configuration(setting, port, prefix));
    // Its first lines go where -e says, before the file is read.
    const args = ['-p', prefix, '-c', file, '-e', 'error.log'];
    return startProgram({ name: 'nginx', command: 'nginx', args, port, directory: prefix });
  },
};

function configuration({ credentials, crl, routes, workers, backendPort }: Setting, port: number, own: string): string {
  const paths = routes === 1 ? ['/'] : Array.from({ length: routes }, (_, i) => routePath(i));
  const names = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; worker_processes ${workers}; worker_rlimit_nofile 20000;
pid ${own}/nginx.pid; error_log ${own}/error.log;
events { worker_connections 16000; }
http {
  access_log ${own}/access.log combined buffer=64k flush=1s;
  ${names.map((name) => `${name}_temp_path ${own}/${name};`).join(' ')}
  keepalive_requests 100000000; keepalive_timeout 600s;
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096; server_name localhost;
    ssl_certificate ${credentials}/server.crt; ssl_certificate_key ${credentials}/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_client_certificate ${credentials}/ca.crt; ssl_verify_client on;
    ${crl === undefined ? '' : `ssl_crl ${crl};`}
    client_max_body_size 0; proxy_request_buffering off; proxy_max_temp_file_size 0;
    proxy_http_version 1.1; proxy_set_header Connection "";
    proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Request-Id $request_id;
    proxy_set_header X-SSL-Client-Verify $ssl_client_verify; proxy_set_header X-SSL-Client-S-DN $ssl_client_s_dn;
    proxy_set_header X-SSL-Client-I-DN $ssl_client_i_dn; proxy_set_header X-SSL-Client-Serial $ssl_client_serial;
    proxy_set_header X-SSL-Client-Fingerprint $ssl_client_fingerprint;
${paths.map((path) => `    location ${path} { proxy_pass http://backend; }`).join('\n')}
  }
}
`;
}
