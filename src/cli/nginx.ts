// mutual nginx: nginx's own command line, its texts and exit codes, so that it can stand where a script calls `nginx`.
// Nothing of the gateway is loaded before it is known that there is something to serve.

import { lookup } from 'node:dns/promises';
import { MutualError, messageOf } from '../errors.ts';
import { type LoadedNginx, loadNginx } from '../nginx/load-nginx.ts';
import { NginxFault, type NginxMessage } from '../nginx/nginx-fault.ts';
import { toErrorLog } from '../nginx/nginx-process.ts';
import type { CommandIo } from './io.ts';
import { configureLines, helpText, versionLine } from './nginx/about.ts';
import { checkAddresses } from './nginx/bind-fault.ts';
import { checkFiles } from './nginx/check-files.ts';
import { isDaemonChild, startDaemon, writeToParent } from './nginx/daemon.ts';
import { createErrorLog, type ErrorLog } from './nginx/error-log.ts';
import { type NginxOptions, parseNginxOptions } from './nginx/options.ts';
import { debianPaths, type NginxPaths, nginxPaths } from './nginx/paths.ts';
import { readPidFile } from './nginx/pid-file.ts';

type Tell = (message: NginxMessage) => void;

/** Runs one command line to its end; `args` without `nginx`. Returns the exit code. */
export async function runNginx(args: readonly string[], io: CommandIo, ownVersion: string): Promise<number> {
  let options: NginxOptions | string;
  try {
    options = parseNginxOptions(args);
  } catch (error) {
    options = messageOf(error);
  }
  if (typeof options === 'string') {
    io.stderr.write(`nginx: ${options}\n`);
    return 1;
  }
  if (options.showVersion) {
    io.stderr.write(`${versionLine(options.version.text, ownVersion)}\n`);
    if (options.showHelp) io.stderr.write(`${helpText(debianPaths)}\n`);
    if (options.showConfigure) io.stderr.write(`${configureLines(debianPaths).join('\n')}\n`);
    return 0;
  }
  return runWith(options, nginxPaths(options), args, io, true);
}

/**
 * Does what the options ask for; everything is told as nginx tells it.
 *
 * @param args what a process in the background is started with
 * @param detaches whether it goes into the background where the file does not say
 */
export async function runWith(
  options: NginxOptions,
  paths: NginxPaths,
  args: readonly string[],
  io: CommandIo,
  detaches: boolean,
): Promise<number> {
  const log = openFirstLog(paths, io);
  const tell = teller(log, io);
  try {
    const loaded = await load(options, paths, io, tell);
    if (options.signal !== undefined) return sendSignal(options.signal, loaded.process.pidFile, tell);
    checkFiles(loaded, paths.accessLog);
    if (options.test) {
      await checkAddresses(loaded.file.nodes);
      return testDone(options, paths, loaded, io);
    }
    if ((loaded.process.daemon ?? detaches) && !isDaemonChild()) return await startDaemon(args);
    const { serve } = await import('./nginx/serve.ts');
    const reload = (told: Tell): Promise<LoadedNginx> => load(options, paths, io, told);
    return await serve({
      loaded,
      reload,
      version: options.version.text,
      teller: (to) => teller(to, io),
      exit: (code) => io.exit?.(code),
    });
  } catch (error) {
    for (const message of faultsOf(error)) tell(message);
    if (options.test) io.stderr.write(`nginx: configuration file ${paths.file} test failed\n`);
    return 1;
  } finally {
    log.close();
  }
}

/** Reads the file; warnings are told before the fault, if there is one. */
async function load(
  { globals, version, test, quiet }: NginxOptions,
  paths: NginxPaths,
  io: CommandIo,
  tell: Tell,
): Promise<LoadedNginx> {
  const { file, prefix, pidFile, errorLog, accessLog } = paths;
  const messages: NginxMessage[] = [];
  const tellAll = (): void => {
    for (const message of messages.splice(0)) tell(message);
  };
  try {
    return await loadNginx(
      {
        file,
        prefix,
        globals,
        version,
        defaults: { pidFile, errorLog, accessLog },
        lookup,
        onSyntaxOk() {
          tellAll();
          if (test && !quiet) io.stderr.write(`nginx: the configuration file ${file} syntax is ok\n`);
        },
      },
      messages,
    );
  } finally {
    tellAll();
  }
}

function testDone({ quiet, dump }: NginxOptions, { file }: NginxPaths, loaded: LoadedNginx, io: CommandIo): number {
  if (!quiet) io.stderr.write(`nginx: configuration file ${file} test is successful\n`);
  if (dump) {
    for (const { name, bytes } of loaded.file.sources) {
      io.stdout.write(`# configuration file ${name}:\n${bytes.toString('utf8')}\n`);
    }
  }
  return 0;
}

const signals = { stop: 'SIGTERM', quit: 'SIGQUIT', reopen: 'SIGUSR1', reload: 'SIGHUP' } as const;

function sendSignal(name: keyof typeof signals, pidFile: string, tell: Tell): number {
  const pid = readPidFile(pidFile);
  tell({ level: 'notice', text: 'signal process started' });
  try {
    process.kill(pid, signals[name]);
    return 0;
  } catch (error) {
    const number = { stop: 15, quit: 3, reopen: 10, reload: 1 }[name];
    const why =
      (error as NodeJS.ErrnoException).code === 'ESRCH' ? '(3: No such process)' : '(1: Operation not permitted)';
    tell({ level: 'alert', text: `kill(${pid}, ${number}) failed ${why}` });
    return 1;
  }
}

/** The log that is there before the file is read. */
function openFirstLog({ prefix, errorLog }: NginxPaths, io: CommandIo): ErrorLog {
  try {
    return createErrorLog([toErrorLog(prefix, errorLog, 'notice')]);
  } catch (error) {
    io.stderr.write(`nginx: [alert] could not open error log file: ${messageOf(error)}\n`);
    return createErrorLog([toErrorLog('', 'stderr', 'notice')]);
  }
}

/** Before it serves nginx says to the terminal, too, what is worse than a notice. */
function teller(log: ErrorLog, io: CommandIo): Tell {
  const inBackground = isDaemonChild();
  return ({ level, text }) => {
    // The first process has told these already.
    if (inBackground && level === 'warn') return;
    log.write(level, text);
    if (log.isStderr || level === 'notice' || level === 'info' || level === 'debug') return;
    const line = `nginx: [${level}] ${text}\n`;
    if (inBackground) writeToParent(line);
    else io.stderr.write(line);
  };
}

/** A line each, for an error of ours may name several. */
function faultsOf(error: unknown): NginxMessage[] {
  if (error instanceof NginxFault) return [{ level: error.level, text: error.message }];
  const text =
    error instanceof MutualError ? error.message : error instanceof Error ? (error.stack ?? '') : String(error);
  return text.split('\n').map((line) => ({ level: 'emerg', text: line }));
}
