// mutual run: reads the configuration, starts the gateway, and obeys signals until one of them ends it.

import { Command } from 'commander';
import { createAdminService } from '../admin/service.ts';
import { sourceOf } from '../admin/source.ts';
import { loadConfig } from '../config/load.ts';
import { type RunningGateway, startGateway } from '../gateway/lifecycle.ts';
import { createObserver } from '../gateway/observe/observer.ts';
import { createProgramLog } from '../gateway/observe/program-log.ts';
import { configOption } from './config-option.ts';
import { catchCrashes } from './crash.ts';
import type { CommandIo } from './io.ts';
import { doAsNginx, type NginxChoice, withNginxOptions } from './nginx/nginx-option.ts';
import { catchSignals } from './signals.ts';

export function runCommand(io: CommandIo, version: string): Command {
  return withNginxOptions(new Command('run').description('Run the gateway.').addOption(configOption()))
    .addHelpText(
      'after',
      `
Example:
  mutual run -c /etc/mutual/mutual.yaml
  mutual run --nginx /etc/nginx/nginx.conf

Signals: HUP reloads (a configuration that is not valid is told and the one before it stays), TERM, INT and QUIT
finish what is in flight and stop (a second one: at once), USR1 opens log files anew. Certificates, keys, CAs and
revocation lists are read again by themselves when they change.`,
    )
    .action(async (options: { config: string } & NginxChoice) => {
      if (options.nginx !== undefined) await doAsNginx({ ...options, nginx: options.nginx }, {}, io);
      await run(options.config, version, io);
    });
}

async function run(file: string, version: string, io: CommandIo): Promise<void> {
  const signals = catchSignals();
  const config = loadConfig(file);
  const programLog = createProgramLog(config.log);
  const log = programLog.logger;
  const observer = createObserver({
    accessLogs: config.log.access,
    upstreams: config.upstreams,
    redact: config.log.redact,
    refusalsPerSecond: config.log.refusalsPerSecond,
    log,
  });
  let running: RunningGateway | undefined;
  catchCrashes({
    log,
    exit: (code) => io.exit?.(code),
    flushSync: () => {
      observer.flushSync();
      running?.flushLogs();
      programLog.flushSync();
    },
  });
  const now = (): number => Date.now();
  const admin = createAdminService({ version, log, now });
  try {
    const gateway = await startGateway({
      config,
      loadConfig: () => {
        const next = loadConfig(file);
        for (const key of ['file', 'format'] as const) {
          if (next.log[key] !== config.log[key])
            log.warn(`log.${key} has changed: that takes effect at the next start`);
        }
        return next;
      },
      log,
      observer,
      onInForce: admin.follow,
      now,
      monotonic: () => performance.now(),
    });
    running = gateway;
    await admin.start(sourceOf(gateway, observer, now)).catch(async (error: unknown) => {
      await gateway.stop();
      throw error;
    });
    const stopped = signals.untilStopped({
      drain: (signal) => {
        log.info({ signal }, 'stopping');
        return gateway.drain();
      },
      stop: (signal) => {
        log.info({ signal }, 'stopping at once');
        return gateway.stop();
      },
      reload: () => gateway.reload(),
      reopenLogs: () => {
        observer.reopen();
        gateway.reopenLogs();
        programLog.reopen();
        log.info('log files opened anew');
      },
    });
    // Only now: whoever reads this line may send a signal in the next moment.
    announce(gateway, (facts, message) => log.info(facts, message));
    await stopped;
    log.info('stopped');
  } finally {
    await admin.close();
    await observer.close();
    await programLog.close();
  }
}

/** The line that scripts wait for: everything is bound, and where. */
function announce({ addresses }: RunningGateway, info: (facts: object, message: string) => void): void {
  const urls = addresses.map(({ url }) => url);
  info({ addresses: addresses.map(({ url, servers }) => ({ url, servers })) }, `ready: ${urls.join(' ')}`);
}
