// The programs under measurement: each started with the same certificates, in front of the same backend, adding the same
// headers, writing an access log to a file.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join, resolve } from 'node:path';

export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** Undefined where nginx is not installed. */
export async function startNginx(directory: string, backendPort: number): Promise<Target | undefined> {
  if (spawnSync('nginx', ['-v']).status !== 0) return undefined;
  const port = await freePort();
  const prefix = join(directory, 'nginx');
  mkdirSync(prefix, { recursive: true });
  const config = join(prefix, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${prefix}/nginx.pid; error_log ${prefix}/error.log;
events { worker_connections 4096; }
http {
  access_log ${prefix}/access.log combined buffer=64k flush=1s;
  client_body_temp_path ${prefix}/body; proxy_temp_path ${prefix}/proxy; fastcgi_temp_path ${prefix}/f;
  uwsgi_temp_path ${prefix}/u; scgi_temp_path ${prefix}/s;
  keepalive_requests 100000000;
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 64; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} ssl; server_name localhost;
    ssl_certificate ${directory}/server.crt; ssl_certificate_key ${directory}/server.key;
    ssl_client_certificate ${directory}/ca.crt; ssl_verify_client on;
    location / {
      proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Request-Id $request_id;
      proxy_set_header X-SSL-Client-Verify $ssl_client_verify; proxy_set_header X-SSL-Client-S-DN $ssl_client_s_dn;
      proxy_set_header X-SSL-Client-I-DN $ssl_client_i_dn; proxy_set_header X-SSL-Client-Serial $ssl_client_serial;
      proxy_set_header X-SSL-Client-Fingerprint $ssl_client_fingerprint;
    }
  }
}
`,
  );
  return started('nginx', spawn('nginx', ['-p', prefix, '-c', config], { stdio: 'ignore' }), port);
}

export async function startMutual(directory: string, backendPort: number): Promise<Target> {
  const port = await freePort();
  const config = join(directory, 'mutual.yaml');
  writeFileSync(
    config,
    `servers:
  - listen: 127.0.0.1:${port}
    names: [localhost]
    tls: { certificate: server.crt, key: server.key, clients: { verify: required, ca: ca.crt } }
    identityHeaders: nginx
    routes: [{ path: /, upstream: "http://127.0.0.1:${backendPort}" }]
log: { level: warn, access: [{ format: combined, file: mutual.access.log }] }
`,
  );
  const main = resolve(import.meta.dirname, '../src/main.ts');
  const child = spawn(process.execPath, [main, 'run', '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  return started('mutual', child, port);
}

async function started(name: string, child: ChildProcess, port: number): Promise<Target> {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} did not start`);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 200 || child.exitCode !== null) throw new Error(`${name} does not listen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    name,
    pid,
    port,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ host: '127.0.0.1', port });
    probe.once('connect', () => probe.end(() => resolve(true)));
    probe.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
