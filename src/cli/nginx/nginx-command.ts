// mutual nginx, as `mutual --help` lists it. Its command line is nginx's own, and none of it is read here.

import { Command } from 'commander';
import type { CommandIo } from '../io.ts';
import { exitAsNginx } from './exit.ts';

export function nginxCommand(io: CommandIo, version: string): Command {
  return (
    new Command('nginx')
      .description("Stand in for nginx: takes nginx's own options (-t, -c, -p, -e, -g, -s, …).")
      // nginx has letters alone.
      .helpOption('--help', "this help; -h is nginx's own")
      .addHelpText('after', '\nExample:\n  mutual nginx -t -c /etc/nginx/nginx.conf\n')
      .allowUnknownOption()
      .passThroughOptions()
      .argument('[options...]')
      .action(async (args: string[]) => {
        const { runNginx } = await import('../nginx.ts');
        exitAsNginx(await runNginx(args, io, version));
      })
  );
}
