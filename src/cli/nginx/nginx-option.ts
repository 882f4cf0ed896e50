// `--nginx FILE` of run, check and config, and what goes with it: from there on everything is told as nginx tells it.

import { type Command, Option } from 'commander';
import { defaultNginxVersion, parseNginxVersion } from '../../nginx/version.ts';
import type { CommandIo } from '../io.ts';
import { exitAsNginx } from './exit.ts';
import type { NginxOptions } from './options.ts';
import { pathsOfFile } from './paths.ts';

export interface NginxChoice {
  readonly nginx?: string;
  readonly prefix?: string;
  readonly errorLog?: string;
  readonly globals?: string;
  readonly nginxCompat?: string;
}

export function withNginxOptions(command: Command): Command {
  return command
    .addOption(new Option('--nginx <file>', 'an nginx file in place of one of ours').conflicts('config'))
    .addOption(new Option('-p, --prefix <directory>', "with --nginx: nginx's prefix (default: the folder of the file)"))
    .addOption(new Option('-e, --error-log <file>', 'with --nginx: where errors go before the file is read'))
    .addOption(new Option('-g, --globals <directives>', 'with --nginx: directives before those of the file'))
    .addOption(new Option('--nginx-compat <version>', 'with --nginx: the nginx that is stood in for: 1.28, 1.31'));
}

/** Never returns. @throws CommanderError with nginx's exit code; MutualError for a version that is not known */
export async function doAsNginx(
  choice: NginxChoice & { readonly nginx: string },
  doing: Partial<Pick<NginxOptions, 'test' | 'dump'>>,
  io: CommandIo,
): Promise<never> {
  const { nginx, prefix, errorLog, globals, nginxCompat } = choice;
  const paths = pathsOfFile({ prefix, file: nginx, errorLog });
  const options: NginxOptions = {
    showHelp: false,
    showVersion: false,
    showConfigure: false,
    test: false,
    dump: false,
    quiet: false,
    prefix,
    file: nginx,
    errorLog,
    globals,
    signal: undefined,
    version: nginxCompat === undefined ? defaultNginxVersion : parseNginxVersion(nginxCompat),
    ...doing,
  };
  const args = ['-p', paths.prefix, '-c', paths.file, '-e', paths.errorLog];
  if (globals !== undefined) args.push('-g', globals);
  if (nginxCompat !== undefined) args.push('--nginx-compat', nginxCompat);
  const { runWith } = await import('../nginx.ts');
  return exitAsNginx(await runWith(options, paths, args, io, false));
}
