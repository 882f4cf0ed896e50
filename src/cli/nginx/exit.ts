// How a command that stands in for nginx ends with nginx's exit code: commander carries it past everything else.

import { CommanderError } from 'commander';

export const nginxExit = 'mutual.nginx';

/** @throws CommanderError always: everything there is to say has been said */
export function exitAsNginx(code: number): never {
  throw new CommanderError(code, nginxExit, '');
}
