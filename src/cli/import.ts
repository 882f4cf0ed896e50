// mutual import: an nginx file as a configuration of ours on standard output, and on standard error a warning for each
// directive that is not quite as in nginx, with its place.

import { lookup } from 'node:dns/promises';
import { Command, Option } from 'commander';
import { stringify } from 'yaml';
import { loadNginx } from '../nginx/load-nginx.ts';
import type { NginxMessage } from '../nginx/nginx-fault.ts';
import { defaultNginxVersion, parseNginxVersion } from '../nginx/version.ts';
import type { CommandIo } from './io.ts';
import { pathsOfFile } from './nginx/paths.ts';

interface ImportOptions {
  readonly prefix?: string;
  readonly globals?: string;
  readonly nginxCompat?: string;
}

export function importCommand(io: CommandIo): Command {
  return new Command('import')
    .description('Print an nginx configuration as one of ours.')
    .argument('<file>', 'nginx configuration file')
    .addOption(new Option('-p, --prefix <directory>', "nginx's prefix (default: the folder of the file)"))
    .addOption(new Option('-g, --globals <directives>', 'directives before those of the file'))
    .addOption(new Option('--nginx-compat <version>', 'the nginx that it was written for: 1.28, 1.31'))
    .addHelpText('after', '\nExample:\n  mutual import /etc/nginx/nginx.conf > mutual.yaml\n')
    .action(async (file: string, options: ImportOptions) => {
      await importNginx(file, options, io);
    });
}

async function importNginx(
  file: string,
  { prefix, globals, nginxCompat }: ImportOptions,
  io: CommandIo,
): Promise<void> {
  const paths = pathsOfFile({ prefix, file, errorLog: undefined });
  const messages: NginxMessage[] = [];
  try {
    const loaded = await loadNginx(
      {
        file: paths.file,
        prefix: paths.prefix,
        globals,
        version: nginxCompat === undefined ? defaultNginxVersion : parseNginxVersion(nginxCompat),
        defaults: paths,
        lookup,
      },
      messages,
    );
    messages.push(...loaded.notes);
    io.stdout.write(stringify(loaded.document, { lineWidth: 0, aliasDuplicateObjects: false }));
  } finally {
    for (const { level, text } of messages)
      io.stderr.write(`mutual: ${level === 'warn' ? 'warning' : level}: ${text}\n`);
  }
}
