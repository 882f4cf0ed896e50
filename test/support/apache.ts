// The real Apache httpd in the foreground, with everything it writes in one directory.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, type PeerProcess, skipWithout, startPeer } from './peer-process.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export const withoutApache = skipWithout('apache2', isInstalled('apache2', '-v'));

const modules = ['mpm_event', 'authz_core', 'ssl', 'socache_shmcb', 'proxy', 'proxy_http', 'headers', 'alias'];
const moduleDirectory = '/usr/lib/apache2/modules';

/**
 * @param vhosts what stands below the global part, for a port of 127.0.0.1 that is listened on
 * @returns once it listens; its error log has the level `info`
 */
export function startApache(
  t: AsyncAfterHook,
  directory: string,
  vhosts: (port: number) => string,
): Promise<PeerProcess> {
  return startPeer(t, (port) => {
    const file = join(directory, `apache-${port}.conf`);
    const loads = modules.map((name) => `LoadModule ${name}_module ${moduleDirectory}/mod_${name}.so`);
    const own = [
      `ServerRoot ${directory}`,
      `DefaultRuntimeDir ${directory}`,
      `PidFile apache-${port}.pid`,
      'ServerName localhost',
      'User www-data',
      'Group www-data',
      // By its name Apache could not open what is a socket here.
      'ErrorLog "|$cat"',
      'LogLevel info',
      'StartServers 1',
      'ThreadsPerChild 4',
      'MinSpareThreads 1',
      'MaxRequestWorkers 4',
      'ServerLimit 1',
      `Listen 127.0.0.1:${port}`,
    ];
    writeFileSync(file, [...loads, ...own, vhosts(port), ''].join('\n'));
    return {
      command: 'apache2',
      args: ['-DFOREGROUND', '-f', file],
      ready: /resuming normal operations/,
      portTaken: /Address already in use/,
    };
  });
}
