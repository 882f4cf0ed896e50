// What is wrong with an nginx file, in nginx's own words and with its own level, so that scripts that look for them find
// them.

import { MutualError } from '../errors.ts';

export const nginxLevels = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const;
export type NginxLevel = (typeof nginxLevels)[number];

/** Where something stands. Without a file: on the command line. */
export interface Place {
  readonly file: string | undefined;
  readonly line: number;
}

export interface NginxMessage {
  readonly level: NginxLevel;
  /** With its place at the end, where there is one. */
  readonly text: string;
}

/** Ends the reading of a file. `message` is `text` as nginx prints it behind the level. */
export class NginxFault extends MutualError {
  readonly level: NginxLevel;

  constructor(text: string, place?: Place, level: NginxLevel = 'emerg') {
    super('config-invalid', place === undefined ? text : `${text}${printPlace(place)}`);
    this.level = level;
  }
}

/** ` in /etc/nginx/nginx.conf:8`, as the end of a sentence. */
export function printPlace({ file, line }: Place): string {
  return file === undefined ? ' in command line' : ` in ${file}:${line}`;
}

/** `(2: No such file or directory)`: the number of an error of the system, and its text as strerror has it. */
export function printSystemError(error: unknown): string {
  const { errno, code } = error as NodeJS.ErrnoException;
  const text = systemErrors[code ?? ''] ?? code ?? String(error);
  return `(${errno === undefined ? 0 : Math.abs(errno)}: ${text})`;
}

const systemErrors: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EEXIST: 'File exists',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  ENAMETOOLONG: 'File name too long',
  ELOOP: 'Too many levels of symbolic links',
  ENXIO: 'No such device or address',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  ETIMEDOUT: 'Connection timed out',
  EHOSTUNREACH: 'No route to host',
  ENETUNREACH: 'Network is unreachable',
  EPIPE: 'Broken pipe',
  ESRCH: 'No such process',
};
