// An nginx file served by this program within the test's own process: started, reloaded and stopped without a command line.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HttpConfig } from '../../src/config/http-schema.ts';
import { startHttpServers } from '../../src/gateway/http/http-servers.ts';
import { loadNginx } from '../../src/nginx/load-nginx.ts';
import { parseNginxVersion } from '../../src/nginx/version.ts';
import type { AfterHook } from './openssl.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface NginxFront {
  /** Of the first listening address. */
  readonly port: number;
  /** Everything in the error log, whose level is `info`. */
  errorLog(): string;
  reload(http: string): Promise<void>;
}

export interface NginxFrontOptions {
  /** Also the folder of relative names in the file. */
  readonly directory: string;
  /** What stands in the `http` block; whatever port its servers name, they get a free one. */
  readonly http: string;
  /** Files below the directory, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly version?: string;
  /** Unix time in milliseconds. */
  readonly now?: () => number;
}

export async function startNginxFront(
  t: AsyncAfterHook & AfterHook,
  { directory, http, files = {}, version = '1.28', now = Date.now }: NginxFrontOptions,
): Promise<NginxFront> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  async function load(block: string): Promise<HttpConfig> {
    const text = `error_log error.log info; events { } http { access_log off; ${block} }`;
    writeFileSync(join(directory, 'nginx.conf'), text);
    const { config } = await loadNginx({
      file: join(directory, 'nginx.conf'),
      prefix: `${directory}/`,
      version: parseNginxVersion(version),
      defaults: { pidFile: '', errorLog: 'error.log', accessLog: '' },
      lookup: async () => '127.0.0.1',
    });
    if (config?.http === undefined) throw new Error('a file without servers');
    const own = structuredClone(config.http);
    // A file cannot ask for a port that is free.
    for (const { address } of own.servers.flatMap(({ listen }) => listen)) Object.assign(address, { port: 0 });
    return own;
  }
  const servers = await startHttpServers(await load(http), {
    now,
    monotonic: () => performance.now(),
    onLogError: (reason) => {
      throw new Error(reason);
    },
  });
  t.after(() => servers.stop());
  return {
    get port() {
      return servers.addresses[0]?.port ?? 0;
    },
    errorLog() {
      servers.flushLogs();
      return readFileSync(join(directory, 'error.log'), 'latin1');
    },
    reload: async (block) => servers.reload(await load(block)),
  };
}
