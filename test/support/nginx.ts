// The real nginx, in one process of its own with everything it writes in one directory.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, type PeerProcess, skipWithout, startPeer } from './peer-process.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export const withoutNginx = skipWithout('nginx', isInstalled('nginx', '-v'));

/**
 * @param http what stands in the `http` block, for a port that is free; paths in it are relative to `directory`
 * @returns once it listens; its error log has the level `info`
 */
export function startNginx(
  t: AsyncAfterHook,
  directory: string,
  http: string | ((port: number) => string),
): Promise<PeerProcess> {
  const temporary = join(directory, 'nginx-temporary');
  mkdirSync(temporary, { recursive: true });
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${temporary};`);
  return startPeer(t, (port) => {
    const file = join(directory, `nginx-${port}.conf`);
    writeFileSync(
      file,
      `daemon off; master_process off; pid ${directory}/nginx-${port}.pid; error_log stderr info;
events {}
http {
  ${paths.join(' ')}
  ${typeof http === 'string' ? http : http(port)}
}
`,
    );
    // The error log of its first lines cannot be configured by the file.
    const args = ['-p', directory, '-c', file, '-e', 'stderr'];
    return { command: 'nginx', args, ready: /using the "\w+" event method/, portTaken: /Address already in use/ };
  });
}
