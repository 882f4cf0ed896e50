// Caddy, its Go scheduler held to as many cores as there are workers.

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

export const caddy: Program = {
  name: 'Caddy',
  isThere: () => isInstalled('caddy', 'version'),
  version: () => versionPrinted('caddy', 'version'),
  async start(setting) {
    const directory = ownDirectory(setting, 'caddy');
    const port = await freePort();
    const file = join(directory, 'Caddyfile');
    writeFileSync(file, configuration(setting, port, directory));
    return startProgram({
      name: 'Caddy',
      command: 'caddy',
      args: ['run', '--config', file, '--adapter', 'caddyfile'],
      port,
      directory,
      env: { GOMAXPROCS: String(setting.workers), XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
    });
  },
};

function configuration({ credentials, backendPort }: Setting, port: number, directory: string): string {
  return `{
  admin off
  auto_https off
  log {
    output discard
  }
  servers {
    protocols h1
    timeouts {
      idle 600s
    }
  }
}
https://localhost:${port} {
  bind 127.0.0.1
  tls ${credentials}/server.crt ${credentials}/server.key {
    client_auth {
      mode require_and_verify
      trusted_ca_cert_file ${credentials}/ca.crt
    }
  }
  log {
    output file ${directory}/access.log {
      roll_disabled
    }
  }
  reverse_proxy 127.0.0.1:${backendPort} {
    header_up X-Real-IP {remote_host}
    header_up X-Forwarded-For {remote_host}
    header_up X-Forwarded-Proto https
    header_up X-Forwarded-Host {host}
    header_up X-Request-Id {http.request.uuid}
    header_up X-SSL-Client-Verify SUCCESS
    header_up X-SSL-Client-S-DN {http.request.tls.client.subject}
    header_up X-SSL-Client-I-DN {http.request.tls.client.issuer}
    header_up X-SSL-Client-Serial {http.request.tls.client.serial}
    header_up X-SSL-Client-Fingerprint {http.request.tls.client.fingerprint}
    transport http {
      keepalive 600s
      keepalive_idle_conns_per_host 64
    }
  }
}
`;
}
