// Gateways that one would write oneself with Node.js: the programs in ../peers, each a process of its own.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { freePort, ownDirectory, type Program, startProgram } from './target.ts';

const peers = resolve(import.meta.dirname, '../peers');
const require = createRequire(import.meta.url);

function nodePeer(name: string, script: string, library: string | undefined): Program {
  return {
    name,
    isThere: () => library === undefined || packageFile(library) !== undefined,
    version: () => (library === undefined ? process.versions.node : versionOf(library)),
    async start(setting) {
      const directory = ownDirectory(setting, script);
      const port = await freePort();
      const order = { ...setting, port, log: join(directory, 'access.log') };
      const args = [join(peers, `${script}.ts`), JSON.stringify(order)];
      return startProgram({ name, command: process.execPath, args, port, directory, env: { NODE_ENV: 'production' } });
    },
  };
}

function packageFile(library: string): string | undefined {
  const directories = require.resolve.paths(library) ?? [];
  return directories
    .map((directory) => join(directory, library, 'package.json'))
    .find((file) => {
      try {
        readFileSync(file);
        return true;
      } catch {
        return false;
      }
    });
}

function versionOf(library: string): string {
  const file = packageFile(library);
  if (file === undefined) return 'of unknown version';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export const fastifyHttpProxy = nodePeer('Fastify', 'fastify-http-proxy', '@fastify/http-proxy');
export const httpProxyMiddleware = nodePeer('http-proxy-middleware', 'http-proxy-middleware', 'http-proxy-middleware');
/** Answers by itself: what Node.js costs before anybody has written a line of a gateway. */
export const bareNode = nodePeer('bare Node.js', 'bare-node', undefined);
