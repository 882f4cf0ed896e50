// Where an nginx keeps its files: as `-p`, `-c` and `-e` say, and else as Debian's packages have it, or, below a prefix
// of one's own, as nginx builds itself.

import { resolve } from 'node:path';
import { fullName } from '../../nginx/read/directive-node.ts';

export interface NginxPaths {
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
  readonly file: string;
  /** Before the prefix stands in front of it. */
  readonly errorLog: string;
  readonly pidFile: string;
  readonly accessLog: string;
}

export const debianPaths: NginxPaths = {
  prefix: '/usr/share/nginx/',
  file: '/etc/nginx/nginx.conf',
  errorLog: '/var/log/nginx/error.log',
  pidFile: '/run/nginx.pid',
  accessLog: '/var/log/nginx/access.log',
};

export interface GivenPaths {
  readonly prefix: string | undefined;
  readonly file: string | undefined;
  readonly errorLog: string | undefined;
}

export function nginxPaths(given: GivenPaths): NginxPaths {
  if (given.prefix === undefined) {
    const { prefix } = debianPaths;
    return {
      prefix,
      file: fullName(prefix, given.file ?? debianPaths.file),
      errorLog: given.errorLog ?? debianPaths.errorLog,
      pidFile: debianPaths.pidFile,
      accessLog: debianPaths.accessLog,
    };
  }
  const prefix = given.prefix.endsWith('/') ? given.prefix : `${given.prefix}/`;
  return {
    prefix,
    file: fullName(prefix, given.file ?? 'conf/nginx.conf'),
    errorLog: given.errorLog ?? 'logs/error.log',
    pidFile: 'logs/nginx.pid',
    accessLog: 'logs/access.log',
  };
}

/** For `--nginx FILE`, where the file is named from where one stands, and relative names are relative to its folder. */
export function pathsOfFile(given: GivenPaths & { readonly file: string }): NginxPaths {
  if (given.prefix !== undefined) return nginxPaths(given);
  if (given.file === debianPaths.file) return nginxPaths(given);
  const file = resolve(given.file);
  // Where nginx has its files below a prefix, this one is in its folder `conf`.
  const folder = file.slice(0, file.lastIndexOf('/') + 1).replace(/\/conf\/$/, '/');
  return {
    prefix: folder,
    file,
    errorLog: given.errorLog ?? 'stderr',
    pidFile: '',
    accessLog: '',
  };
}
