// The real curl as a client.

import { execFile } from 'node:child_process';

export interface CurlResult {
  /** curl's exit code; 0 where it got a response. */
  readonly exitCode: number;
  /** 0 where there was no response. */
  readonly status: number;
  readonly body: string;
  readonly stderr: string;
}

/** Runs curl quietly, for at most ten seconds. */
export function curl(...args: readonly string[]): Promise<CurlResult> {
  const all = ['--silent', '--show-error', '--max-time', '10', '--write-out', '\n%{http_code}', ...args];
  return new Promise((resolve) => {
    execFile('curl', all, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const at = stdout.lastIndexOf('\n');
      resolve({
        exitCode: error === null ? 0 : Number(error.code ?? 1),
        status: Number(stdout.slice(at + 1)),
        body: stdout.slice(0, Math.max(at, 0)),
        stderr,
      });
    });
  });
}
