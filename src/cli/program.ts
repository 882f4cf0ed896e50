// The command line: argv comes in, an exit code comes out. Each command stands in a file of its own; here they
// are only put together, and whatever they throw becomes one line on standard error and an exit code.

import { Command, CommanderError } from 'commander';
import type { Config } from '../config/schema.ts';
import { MutualError, messageOf } from '../errors.ts';
import { rehearse } from '../gateway/rehearse.ts';
import { caCommand } from './ca.ts';
import { checkCommand } from './check.ts';
import { configCommand } from './config.ts';
import { demoCommand } from './demo.ts';
import { explainCommand } from './explain.ts';
import { importCommand } from './import.ts';
import type { CommandIo } from './io.ts';
import { nginxExit } from './nginx/exit.ts';
import { nginxCommand } from './nginx/nginx-command.ts';
import { requireNode } from './node-version.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { topCommand } from './top.ts';

/** What package.json says of us. */
export interface Manifest {
  readonly version: string;
  readonly engines: { readonly node: string };
}

/** Runs one command line to its end; `args` without the program's own name. Returns the exit code: 0, 1 or 2. */
export async function runProgram(args: readonly string[], io: CommandIo, manifest: Manifest): Promise<number> {
  const program = new Command('mutual')
    .description('A mutual-TLS gateway: the server side, the client side, and the CA between them.')
    .version(manifest.version, '-V, --version')
    // What stands behind a command is the command's, though one before it has an option of the same name.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  mutual demo                      see all of it at work on this machine
  mutual check -c mutual.yaml      say what is wrong with a configuration
  mutual run -c mutual.yaml        run it
  mutual top -c mutual.yaml        watch it

Exit codes: 0 done, 1 failed, 2 bad usage or bad configuration.`,
    );
  const check = (): Command => checkCommand(io, (config) => readAll(config, io));
  for (const make of [
    demoCommand,
    runCommand,
    topCommand,
    check,
    configCommand,
    explainCommand,
    caCommand,
    schemaCommand,
    importCommand,
    nginxCommand,
  ]) {
    program.addCommand(make(io, manifest.version));
  }
  withoutExit(program, io);
  try {
    requireNode(process.versions.node, manifest.engines.node);
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error);
    io.stderr.write(`mutual: ${printError(error)}\n`);
    return error instanceof MutualError ? error.kind.exitCode : 1;
  }
}

/** Bad usage is 2; what stands in for nginx ends with nginx's own codes. */
function exitCodeOf({ code, exitCode }: CommanderError): number {
  return exitCode === 0 || code === nginxExit ? exitCode : 2;
}

/** Reads every file that a configuration names, as a start would; what is only worth a warning is told. */
async function readAll(config: Config, io: CommandIo): Promise<string[]> {
  for (const warning of await rehearse(config, () => Date.now())) io.stderr.write(`mutual: warning: ${warning}\n`);
  return [];
}

/** Commander would end the process by itself, and write past the streams it was given. */
function withoutExit(command: Command, io: CommandIo): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, 'mutual: ')),
  });
  command.showSuggestionAfterError(true);
  for (const child of command.commands) withoutExit(child, io);
}

/** A stack is of use only where the fault is ours. */
function printError(error: unknown): string {
  if (error instanceof MutualError) return error.message;
  return error instanceof Error && error.stack !== undefined ? error.stack : messageOf(error);
}
