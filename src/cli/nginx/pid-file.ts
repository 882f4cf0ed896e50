// The file that holds the number of the process, for as long as it serves.

import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { NginxFault, printSystemError } from '../../nginx/nginx-fault.ts';

/** @throws NginxFault */
export function writePidFile(file: string, pid: number): void {
  try {
    writeFileSync(file, `${pid}\n`);
  } catch (error) {
    throw new NginxFault(`open() "${file}" failed ${printSystemError(error)}`);
  }
}

/** Returns why it could not be removed. */
export function removePidFile(file: string): string | undefined {
  try {
    unlinkSync(file);
    return undefined;
  } catch (error) {
    return `unlink() "${file}" failed ${printSystemError(error)}`;
  }
}

/** @throws NginxFault */
export function readPidFile(file: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new NginxFault(`open() "${file}" failed ${printSystemError(error)}`, undefined, 'error');
  }
  const digits = text.trimEnd();
  if (!/^[1-9]\d*$/.test(digits)) {
    throw new NginxFault(`invalid PID number "${digits}" in "${file}"`, undefined, 'error');
  }
  return Number(digits);
}
