// mutual demo: everything embedded, on loopback, tried once before your eyes. Two subcommands are its parts, for
// containers: `certificates` and `service1`.

import { Command } from 'commander';
import { ensureDemoCertificates } from '../demo/certificates.ts';
import { runDemo } from '../demo/demo.ts';
import { startService1 } from '../demo/service1.ts';
import { MutualError } from '../errors.ts';
import type { CommandIo } from './io.ts';
import { catchSignals } from './signals.ts';

const systemClock = (): number => Date.now();

export function demoCommand(io: CommandIo, version: string): Command {
  const writeLine = (line: string): void => {
    io.stdout.write(`${line}\n`);
  };
  const demo = new Command('demo')
    .description('See all of it at work on this machine: CA, certificates, Service1 and both sides of the wire.')
    .option('--dir <directory>', 'where the CA, the certificates and the configuration are kept', 'certs')
    .enablePositionalOptions()
    .addHelpText('after', '\nExample:\n  mutual demo\n')
    .action(async ({ dir }: { dir: string }) => {
      const running = await runDemo(dir, {
        version,
        now: systemClock,
        monotonic: () => performance.now(),
        writeLine,
        columns: columnsOf(io),
      });
      const stopped = catchSignals().untilStopped({
        drain: () => running.close(),
        stop: () => running.close(),
        reload: () => running.reload(),
      });
      running.show();
      await stopped;
    });
  demo.addCommand(
    new Command('certificates')
      .description('Make the CA and the certificates of the demonstration, where they are not there yet.')
      .option('--dir <directory>', 'where they are kept', 'certs')
      .option('--server-name <name>', 'a further name for the certificate of the server')
      .addHelpText(
        'after',
        '\nExample:\n  mutual demo certificates --dir certs --server-name service1.company-b.example\n',
      )
      .action(async ({ dir, serverName }: { dir: string; serverName?: string }) => {
        const made = await ensureDemoCertificates(dir, {
          now: systemClock,
          ...(serverName === undefined ? {} : { serverName }),
        });
        writeLine(`CA and certificates are in ${made.directory}`);
      }),
  );
  demo.addCommand(
    new Command('service1')
      .description('Run Service1 alone: an HTTP server that answers with who is calling.')
      .option('--listen <address>', 'host:port', '127.0.0.1:3000')
      .addHelpText('after', '\nExample:\n  mutual demo service1 --listen 127.0.0.1:3000\n')
      .action(async ({ listen }: { listen: string }) => {
        const match = /^(?<host>[^:]+):(?<port>\d{1,5})$/.exec(listen);
        if (match?.groups === undefined) throw new MutualError('usage', `--listen ${listen}: host:port is expected`);
        const { host = '', port = '' } = match.groups;
        const service1 = await startService1({ host, port: Number(port) }, writeLine);
        const stopped = catchSignals().untilStopped({ drain: () => service1.close(), stop: () => service1.close() });
        writeLine(`Service1 listens on http://${host}:${service1.port}`);
        await stopped;
      }),
  );
  return demo;
}

/** A pipe has no columns, and a terminal that does not know how many it has says 0. */
function columnsOf({ stdout: { columns = 0 } }: CommandIo): number {
  return columns > 0 ? columns : Number.POSITIVE_INFINITY;
}
