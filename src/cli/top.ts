// mutual top: a live view of a running gateway in a terminal, from the same snapshot as the operator's page. Where it
// prints to no terminal it is one frame.

import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { styleText } from 'node:util';
import { Command } from 'commander';
import type { Snapshot } from '../admin/snapshot.ts';
import { loadConfig } from '../config/load.ts';
import type { CommandIo } from './io.ts';
import {
  type AdminAddress,
  adminAddressOf,
  fetchSnapshot,
  parseAdminUrl,
  type TlsFiles,
  withTlsFiles,
} from './top/admin-client.ts';
import { renderTop } from './top/render-top.ts';
import { openTerminal } from './top/terminal.ts';

interface TopCommandOptions extends TlsFiles {
  readonly config?: string;
  readonly url?: string;
  readonly once?: true;
  readonly json?: true;
}

const defaultConfig = 'mutual.yaml';
const defaultUrl = 'http://127.0.0.1:9901';
const everyMs = 1_000;

export function topCommand(io: CommandIo): Command {
  return new Command('top')
    .description('Watch a running gateway: requests, refusals, clients, upstreams.')
    .option(
      '-c, --config <file>',
      `configuration that names the admin listener (default: ${defaultConfig}, if it is there)`,
    )
    .option('--url <url>', `address of the admin listener (default: that of the configuration, else ${defaultUrl})`)
    .option('--cacert <file>', 'CA of the admin listener, where it has TLS')
    .option('--cert <file>', 'certificate to show to it')
    .option('--key <file>', 'key of that certificate (default: in the same file)')
    .option('--once', 'print one frame and end')
    .option('--json', 'print the snapshot as JSON and end')
    .addHelpText(
      'after',
      `
Keys: q ends it.

Examples:
  mutual top
  mutual top -c /etc/mutual/mutual.yaml
  mutual top --url unix:/run/mutual-admin.sock --once`,
    )
    .action((options: TopCommandOptions) => top(options, io));
}

async function top(options: TopCommandOptions, io: CommandIo): Promise<void> {
  const address = findAddress(options);
  const first = await fetchSnapshot(address);
  if (options.json === true) {
    io.stdout.write(`${JSON.stringify(first, null, 2)}\n`);
  } else if (options.once === true || io.stdout.isTTY !== true || !process.stdin.isTTY) {
    const { columns = 0 } = io.stdout;
    const size = { columns: columns > 0 ? columns : 120, rows: Number.POSITIVE_INFINITY };
    io.stdout.write(`${renderTop(first, { ...size, nowMs: first.takenAtMs, paint: styleText }).join('\n')}\n`);
  } else {
    await watch(first, address);
  }
}

function findAddress(options: TopCommandOptions): AdminAddress {
  const { url, config } = options;
  if (url !== undefined) return withTlsFiles(parseAdminUrl(url), options);
  const file = config ?? (existsSync(defaultConfig) ? defaultConfig : undefined);
  const address = file === undefined ? parseAdminUrl(defaultUrl) : adminAddressOf(loadConfig(file).admin, file);
  return withTlsFiles(address, options);
}

/** Until a key ends it. A gateway that is gone may come back. */
async function watch(first: Snapshot, address: AdminAddress): Promise<void> {
  const terminal = openTerminal(process.stdin, process.stdout);
  let snapshot = first;
  let takenAtMs = Date.now();
  let lostSinceMs: number | undefined;
  let over = false;
  const draw = (): void => {
    const { columns, rows } = terminal;
    const nowMs = snapshot.takenAtMs + Date.now() - takenAtMs;
    terminal.draw(renderTop(snapshot, { columns, rows, nowMs, paint: styleText, lostSinceMs }));
  };
  terminal.onResize(draw);
  const ended = terminal.ended.then(() => {
    over = true;
  });
  try {
    while (!over) {
      draw();
      await Promise.race([pause(everyMs, undefined, { ref: false }), ended]);
      if (over) break;
      const next = await Promise.race([fetchSnapshot(address).catch(() => undefined), ended]);
      if (next) {
        snapshot = next;
        takenAtMs = Date.now();
        lostSinceMs = undefined;
      } else {
        lostSinceMs ??= Date.now();
      }
    }
  } finally {
    terminal.close();
  }
}
