// The files that a start would open for writing: a test of a configuration says which of them cannot be.

import { closeSync, existsSync, openSync, unlinkSync } from 'node:fs';
import type { LoadedNginx } from '../../nginx/load-nginx.ts';
import { NginxFault, printSystemError } from '../../nginx/nginx-fault.ts';
import { isFile } from '../../nginx/nginx-process.ts';
import { type DirectiveNode, fullName } from '../../nginx/read/directive-node.ts';

/** @throws NginxFault */
export function checkFiles({ file, process: { errorLogs, pidFile } }: LoadedNginx, defaultAccessLog: string): void {
  const names = new Set<string>();
  for (const { target } of errorLogs) if (isFile(target)) names.add(target);
  const visit = (nodes: readonly DirectiveNode[]): void => {
    for (const {
      name,
      args: [target = ''],
      row,
      block,
    } of nodes) {
      const isLog = name === 'access_log' || name === 'error_log';
      if (isLog && target !== 'off' && isFile(target) && !target.includes('$')) {
        names.add(fullName(file.reading.prefix, target));
      }
      if (row?.block === true) visit(block ?? []);
    }
  };
  const http = file.nodes.find(({ name }) => name === 'http');
  const hasAccessLog = http?.block?.some(({ name }) => name === 'access_log');
  if (hasAccessLog === false && defaultAccessLog !== '') names.add(fullName(file.reading.prefix, defaultAccessLog));
  visit(file.nodes);
  for (const name of names) checkWritable(name);
  if (pidFile !== '') checkWritable(pidFile);
}

function checkWritable(name: string): void {
  const isNew = !existsSync(name);
  try {
    closeSync(openSync(name, 'a', 0o644));
  } catch (error) {
    throw new NginxFault(`open() "${name}" failed ${printSystemError(error)}`);
  }
  if (isNew) unlinkSync(name);
}
