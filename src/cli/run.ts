// mutual run: reads the configuration, and runs the gateway in this process or in several.

import { Command } from 'commander';
import { configOption } from './config-option.ts';
import type { CommandIo } from './io.ts';
import { doAsNginx, type NginxChoice, withNginxOptions } from './nginx/nginx-option.ts';
import { runAlone } from './run/alone.ts';
import { readConfig, runAsPrimary } from './run/as-primary.ts';
import { isWorker, runAsWorker } from './run/as-worker.ts';
import { workerCount } from './run/worker-count.ts';
import { catchSignals } from './signals.ts';

export function runCommand(io: CommandIo, version: string): Command {
  return withNginxOptions(new Command('run').description('Run the gateway.').addOption(configOption()))
    .addHelpText(
      'after',
      `
Example:
  mutual run -c /etc/mutual/mutual.yaml
  mutual run --nginx /etc/nginx/nginx.conf

Signals: HUP reloads (a configuration that is not valid is told and the one before it stays), TERM, INT and QUIT
finish what is in flight and stop (a second one: at once), USR1 opens log files anew. Certificates, keys, CAs and
revocation lists are read again by themselves when they change. With several workers signals go to the process that
was started.`,
    )
    .action(async (options: { config: string } & NginxChoice) => {
      if (options.nginx !== undefined) await doAsNginx({ ...options, nginx: options.nginx }, {}, io);
      await run(options.config, version, io);
    });
}

async function run(file: string, version: string, io: CommandIo): Promise<void> {
  if (isWorker()) {
    await runAsWorker(io);
    return;
  }
  const signals = catchSignals();
  const read = readConfig(file);
  if (workerCount(read.config) === 1) await runAlone(read.config, signals, version, io);
  else await runAsPrimary(read, signals, version, io);
}
