// An nginx file as it was read in, a configuration of ours out: the value of a native file, which `import` prints and
// `run` starts from, and beside it what concerns the process. Nothing is left out in silence: what is approximated is
// told with its place.

import { resolve } from 'node:path';
import { formatDuration } from '../../config/units.ts';
import { parseNginxTime } from '../check/units.ts';
import { type NginxMessage, type Place, printPlace } from '../nginx-fault.ts';
import type { NginxErrorLog } from '../nginx-process.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import { blocksOf, eachLocation, isOn } from '../read/levels.ts';
import type { NginxFile } from '../read/read-nginx.ts';
import { translateDefinitions } from './definitions.ts';
import { withInheritedHeaders } from './header-inheritance.ts';
import { translateServer } from './server.ts';
import { type Settings, translateSettings } from './settings.ts';

export interface TranslateOptions {
  /** Of nginx, as the Server header tells it: `1.28.0`. */
  readonly version: string;
  /** Of the process: those of `http`, where it has none of its own. */
  readonly errorLogs: readonly NginxErrorLog[];
  /** Of `http`, where it has none of its own. Empty: none. */
  readonly accessLog: string;
}

export interface TranslatedNginx {
  /** What a native configuration file would hold. */
  readonly document: Settings;
  /** What is not as in nginx. */
  readonly notes: readonly NginxMessage[];
}

/** nginx waits for what is in flight as long as it takes. */
const endless = '24d';

export function translateNginx(
  { nodes, reading }: NginxFile,
  { version, errorLogs, accessLog }: TranslateOptions,
): TranslatedNginx {
  const http = withInheritedHeaders(nodes.find(({ name }) => name === 'http')?.block ?? []);
  const shutdown = nodes.find(({ name }) => name === 'worker_shutdown_timeout')?.args[0];
  const servers = blocksOf(http, 'server').map(translateServer);
  return {
    document: {
      limits: { drainTimeout: shutdown === undefined ? endless : formatDuration(parseNginxTime(shutdown) ?? 0) },
      // The servers below have their own.
      log: { access: 'off' },
      ...(servers.length === 0
        ? {}
        : {
            http: {
              compatibility: version,
              prefix: resolve(reading.prefix),
              configurationPrefix: resolve(reading.confPrefix),
              accessLogs: accessLog === '' ? [] : [{ file: accessLog }],
              errorLogs: errorLogs.map(({ written, level }) => ({ file: written, level })),
              ...translateSettings(http),
              ...translateDefinitions(http),
              servers,
            },
          }),
    },
    notes: [...notesOn(nodes), ...weakDefaults(http)],
  };
}

/** nginx verifies no upstream unless it is told to: that stays as it is, but not without a word. */
function weakDefaults(http: readonly DirectiveNode[]): NginxMessage[] {
  const notes: NginxMessage[] = [];
  for (const { block = [] } of blocksOf(http, 'server')) {
    eachLocation([http, block], ({ block: nodes = [] }, level) => {
      const pass = nodes.find(({ name }) => name === 'proxy_pass');
      if (pass === undefined || !/^https:/i.test(pass.args[0] ?? '') || isOn(level, 'proxy_ssl_verify', false)) return;
      const text = `the certificate of the upstream "${pass.args[0]}" is not verified: anybody on the way can be it, say "proxy_ssl_verify on"`;
      notes.push({ level: 'warn', text: `${text}${printPlace(pass.at)}` });
    });
  }
  return notes;
}

/** One for each directive that is approximated, with the place where it stands first. */
function notesOn(nodes: readonly DirectiveNode[]): NginxMessage[] {
  const found = new Map<string, { differs: string; at: Place; times: number }>();
  const visit = (each: readonly DirectiveNode[]): void => {
    for (const { name, args, row, at, block } of each) {
      if (row?.meaning.kind === 'approximate' && !isHarmless(name, args)) {
        const known = found.get(name);
        if (known === undefined) found.set(name, { differs: row.meaning.differs, at, times: 1 });
        else known.times += 1;
      }
      if (row?.block === true) visit(block ?? []);
    }
  };
  visit(nodes);
  return [...found].map(([name, { differs, at, times }]) => {
    const more = times === 1 ? '' : ` and ${times - 1} more`;
    return { level: 'warn' as const, text: `"${name}" is not quite as in nginx: ${differs}${printPlace(at)}${more}` };
  });
}

/** What is switched off differs in nothing, and so does a log that is not compressed. */
function isHarmless(name: string, args: readonly string[]): boolean {
  if (name === 'access_log') return !args.some((arg) => arg.startsWith('gzip'));
  return name === 'proxy_buffering' || args[0] === 'off';
}
