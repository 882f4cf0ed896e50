// mutual check: says that a configuration is valid and what it comes down to, or everything that is wrong with it.

import { Command } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import type { Config, ServerConfig } from '../config/schema.ts';
import { MutualError } from '../errors.ts';
import { configOption } from './config-option.ts';
import type { CommandIo } from './io.ts';
import { doAsNginx, type NginxChoice, withNginxOptions } from './nginx/nginx-option.ts';

/** Reads what the configuration names and returns what is wrong with it, a line each; it may also throw MutualError. */
export type VerifyCredentials = (config: Config) => readonly string[] | Promise<readonly string[]>;

export function checkCommand(io: CommandIo, verifyCredentials: VerifyCredentials = () => []): Command {
  const command = new Command('check')
    .description('Say whether a configuration is valid, and if not, everything that is wrong with it.')
    .addOption(configOption());
  return withNginxOptions(command)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  mutual check -c /etc/mutual/mutual.yaml\n')
    .action(async (options: { config: string; json?: true } & NginxChoice) => {
      if (options.nginx !== undefined) await doAsNginx({ ...options, nginx: options.nginx }, { test: true }, io);
      const json = options.json === true;
      try {
        const config = loadConfig(options.config);
        const faults = await verifyCredentials(config);
        if (faults.length > 0) {
          throw new MutualError('config-invalid', faults.join('\n'));
        }
        io.stdout.write(json ? printJson(describeValid(config)) : printValid(options.config, config));
      } catch (error) {
        if (json && error instanceof MutualError) {
          io.stdout.write(printJson(describeFaults(options.config, error)));
        }
        throw error;
      }
    });
}

function printValid(file: string, config: Config): string {
  const servers = config.servers.map((server) => `  ${describeServer(server)}\n`);
  return `mutual: the configuration ${file} is valid\n${servers.join('')}`;
}

/** `service1.example: 0.0.0.0:8443, TLS, client certificates required, 2 routes`. */
function describeServer({ name, listen, tls, routes }: ServerConfig): string {
  const verify = tls?.clients.verify ?? 'none';
  return [
    `${name}: ${listen.map(({ key }) => key).join(' ')}`,
    tls === undefined ? 'plain HTTP' : 'TLS',
    verify === 'none' ? 'no client certificates' : `client certificates ${verify}`,
    `${routes.length} ${routes.length === 1 ? 'route' : 'routes'}`,
  ].join(', ');
}

function describeValid(config: Config): object {
  const servers = config.servers.map(({ name, listen, tls, routes }) => ({
    name,
    listen: listen.map(({ key }) => key),
    tls: tls !== undefined,
    clients: tls?.clients.verify ?? 'none',
    routes: routes.map((route) => route.name),
  }));
  return { valid: true, file: config.source.file, servers };
}

function describeFaults(file: string, error: MutualError): object {
  const { code } = error;
  const lines = error.message.split('\n').map((message) => ({ file, code, message }));
  const faults = error instanceof ConfigError ? error.faults : lines;
  return { valid: false, file, code, faults };
}

function printJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
