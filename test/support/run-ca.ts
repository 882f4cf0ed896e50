// Runs `mutual ca …` in this process, as the program does, and gives back what a person would have seen. Started as a
// program itself, it is that command line alone.
import { Command, CommanderError } from 'commander';
import { caCommand } from '../../src/cli/ca.ts';
import { MutualError } from '../../src/errors.ts';

export interface CaRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was thrown, if it was one of ours. */
  readonly error: MutualError | undefined;
}

export async function runCa(args: readonly string[], stdin: string | AsyncIterable<Buffer> = ''): Promise<CaRun> {
  const written = { stdout: '', stderr: '' };
  const io = {
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    stdin: typeof stdin === 'string' ? inOnePiece(stdin) : stdin,
  };
  const command = withoutExit(new Command('mutual').addCommand(caCommand(io)), io);
  try {
    await command.parseAsync(['ca', ...args], { from: 'user' });
    return { exitCode: 0, ...written, error: undefined };
  } catch (error) {
    if (error instanceof CommanderError) {
      return { exitCode: error.exitCode === 0 ? 0 : 2, ...written, error: undefined };
    }
    if (!(error instanceof MutualError)) throw error;
    return { exitCode: error.kind.exitCode, ...written, error };
  }
}

async function* inOnePiece(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

function withoutExit(command: Command, io: Parameters<typeof caCommand>[0]): Command {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
  });
  for (const child of command.commands) withoutExit(child, io);
  return command;
}

if (import.meta.main) {
  const [, , ca, ...args] = process.argv;
  if (ca !== 'ca') throw new Error(`this runs "ca" only, not "${ca}"`);
  const run = await runCa(args, process.stdin);
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr + (run.error === undefined ? '' : `mutual: ${run.error.message}\n`));
  process.exitCode = run.exitCode;
}
