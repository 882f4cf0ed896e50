// A page of docs/ that is walked through as its readers would: files are written, commands run one after the other, those
// that stay are left running, and what is printed is compared with what the page says is printed.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DocumentationBlock } from './documentation.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface WalkOptions {
  /** Where it begins; every block starts there. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** Addresses of the page to those of the test. */
  localize(text: string): string;
  /** What a command that stays prints when it is ready; undefined for a command that ends. */
  readyOf(commands: string): RegExp | undefined;
}

export interface LeftRunning {
  /** Everything printed so far. */
  readonly printed: string;
  until(pattern: RegExp): Promise<void>;
}

export interface Walk {
  /** Those that were left running, in the order of the page. */
  readonly running: readonly LeftRunning[];
  /** Does what a block says. A block of a language that is none of ours is passed over. */
  step(block: DocumentationBlock): Promise<void>;
}

const patienceMs = 20_000;

export function createWalk(t: AsyncAfterHook, options: WalkOptions): Walk {
  const { directory, env, localize, readyOf } = options;
  const running: LeftRunning[] = [];
  let output = '';

  function run(commands: string): void {
    const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', commands], {
      cwd: directory,
      env,
      encoding: 'utf8',
      input: '',
      timeout: patienceMs,
    });
    assert.equal(status, 0, `${commands}\n${stdout}${stderr}`);
    output = stdout + stderr;
  }

  async function leaveRunning(commands: string, ready: RegExp): Promise<void> {
    // A group of its own, so that the shell and what it runs can be ended together.
    const child = spawn('sh', ['-e', '-c', commands], { cwd: directory, env, detached: true });
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    t.after(async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await closed;
    });
    let printed = '';
    const looks = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        for (const look of [...looks]) look();
      });
    }
    const process_: LeftRunning = {
      get printed() {
        return printed;
      },
      until: (pattern) =>
        new Promise((resolve, reject) => {
          const fail = (): void => reject(new Error(`${String(pattern)} was not printed: ${printed}`));
          const timer = setTimeout(fail, patienceMs);
          const look = (): void => {
            if (!pattern.test(printed)) return;
            clearTimeout(timer);
            looks.delete(look);
            resolve();
          };
          looks.add(look);
          look();
          void closed.then(fail);
        }),
    };
    running.push(process_);
    await process_.until(ready);
  }

  return {
    running,
    async step({ language, text, lead }) {
      const local = localize(text);
      const file = /`([^`]+)`:$/.exec(lead)?.[1];
      if (language === 'sh') {
        const ready = readyOf(text);
        if (ready === undefined) run(local);
        else await leaveRunning(local, ready);
      } else if (language === 'text') {
        for (const line of local.trimEnd().split('\n'))
          assert.ok(output.includes(line.trim()), `${line}\nin ${output}`);
      } else if (language === 'yaml' && file !== undefined) {
        mkdirSync(dirname(join(directory, file)), { recursive: true });
        writeFileSync(join(directory, file), local);
      }
    },
  };
}
