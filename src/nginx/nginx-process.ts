// What an nginx file says of the process: whether it goes into the background, where its number is written, where its
// errors go, as which user it serves.

import type { NginxLevel } from './nginx-fault.ts';
import type { DirectiveNode } from './read/directive-node.ts';
import { fullName } from './read/directive-node.ts';
import { errorLog } from './translate/special-settings.ts';

export interface NginxProcess {
  /** Undefined where the file does not say, which for nginx means yes. */
  readonly daemon: boolean | undefined;
  /** Absolute, or relative to the current folder as the prefix is. Empty: none. */
  readonly pidFile: string;
  readonly errorLogs: readonly NginxErrorLog[];
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly workingDirectory: string | undefined;
}

export interface NginxErrorLog {
  /** A file with its prefix, `stderr`, or `syslog:…` with its parameters. */
  readonly target: string;
  /** As the file or the command line has it. */
  readonly written: string;
  readonly level: NginxLevel;
}

/** @param defaults what holds where the file says nothing */
export function nginxProcess(
  nodes: readonly DirectiveNode[],
  prefix: string,
  defaults: { readonly pidFile: string; readonly errorLog: string },
): NginxProcess {
  const args = (directive: string): readonly string[] | undefined => nodes.find(({ name }) => name === directive)?.args;
  const pid = args('pid')?.[0];
  const daemon = args('daemon')?.[0];
  const [user, group] = args('user') ?? [];
  const logs = nodes.filter(({ name }) => name === 'error_log').map((node) => mainErrorLog(node, prefix));
  return {
    daemon: daemon === undefined ? undefined : daemon.toLowerCase() === 'on',
    pidFile: pid === undefined && defaults.pidFile === '' ? '' : fullName(prefix, pid ?? defaults.pidFile),
    errorLogs: logs.length === 0 ? [toErrorLog(prefix, defaults.errorLog, 'error')] : logs,
    user,
    group,
    workingDirectory: args('working_directory')?.[0],
  };
}

function mainErrorLog(node: DirectiveNode, prefix: string): NginxErrorLog {
  const { file, level } = errorLog(node);
  return toErrorLog(prefix, file, (level ?? 'error') as NginxLevel);
}

export function isFile(target: string): boolean {
  return target !== 'stderr' && !/^(syslog|memory):/.test(target);
}

export function toErrorLog(prefix: string, written: string, level: NginxLevel): NginxErrorLog {
  return { target: isFile(written) ? fullName(prefix, written) : written, written, level };
}
