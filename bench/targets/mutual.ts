// mutual, as a user would run it: from a configuration file, with the headers of nginx's convention.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, ownDirectory, type Program, routePath, type Setting, startProgram } from './target.ts';

const own = resolve(import.meta.dirname, '../..');

/** The one of this checkout, with the lane that it takes by itself. */
export const mutual = mutualOf(own, 'mutual', undefined);
export const standardLane = mutualOf(own, 'mutual standard lane', 'standard');

/** The one of another checkout, to see what a change has brought. @param lane undefined: none is named */
export function mutualOf(root: string, name: string, lane: 'standard' | 'express' | undefined): Program {
  return {
    name,
    isThere: () => existsSync(join(root, 'src/main.ts')),
    version: () => (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    async start(setting) {
      const directory = ownDirectory(setting, name);
      const port = await freePort();
      const file = join(directory, 'mutual.yaml');
      writeFileSync(file, configuration(setting, port, join(directory, 'access.log'), lane));
      const args = [...nodeOptions(), join(root, 'src/main.ts'), 'run', '-c', file];
      return startProgram({ name, command: process.execPath, args, port, directory });
    },
  };
}

/** For a look inside: `MUTUAL_BENCH_NODE_OPTIONS='--cpu-prof --cpu-prof-dir=…'` reaches this program alone. */
function nodeOptions(): string[] {
  return process.env.MUTUAL_BENCH_NODE_OPTIONS?.split(' ').filter((option) => option !== '') ?? [];
}

function configuration(setting: Setting, port: number, log: string, lane: string | undefined): string {
  const { credentials, crl, routes, workers, backendPort } = setting;
  const upstream = `"http://127.0.0.1:${backendPort}"`;
  const paths = routes === 1 ? ['/'] : Array.from({ length: routes }, (_, i) => routePath(i));
  return `servers:
  - listen: 127.0.0.1:${port}
    names: [localhost]
    tls:
      certificate: ${credentials}/server.crt
      key: ${credentials}/server.key
      clients: { verify: required, ca: ${credentials}/ca.crt${crl === undefined ? '' : `, crl: ["${crl}"]`} }
    identityHeaders: nginx
${lane === undefined ? '' : `    lane: ${lane}\n`}    routes:
${paths.map((path) => `      - { path: ${path}, upstream: ${upstream} }`).join('\n')}
limits: { idleTimeout: 600s, maxConnections: 20000, maxConnectionsPerAddress: 0 }
log: { level: warn, access: [{ format: combined, file: ${log} }] }
workers: ${workers}
`;
}
