// mutual config: the effective configuration, every default written down. Keys and passwords are named, never read.

import { Command } from 'commander';
import { parse } from 'yaml';
import { loadConfig } from '../config/load.ts';
import { printConfig } from '../config/print/print-config.ts';
import { configOption } from './config-option.ts';
import type { CommandIo } from './io.ts';
import { doAsNginx, type NginxChoice, withNginxOptions } from './nginx/nginx-option.ts';

export function configCommand(io: CommandIo): Command {
  const command = new Command('config')
    .description('Print the effective configuration: every default filled in, every path absolute.')
    .addOption(configOption());
  return withNginxOptions(command)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  mutual config -c mutual.yaml > effective.yaml\n')
    .action(async (options: { config: string; json?: true } & NginxChoice) => {
      if (options.nginx !== undefined) {
        await doAsNginx({ ...options, nginx: options.nginx }, { test: true, dump: true }, io);
      }
      const yaml = printConfig(loadConfig(options.config));
      io.stdout.write(options.json === true ? `${JSON.stringify(parse(yaml), null, 2)}\n` : yaml);
    });
}
