// Runs the gateway in several worker processes: this one starts and replaces them, and passes on what signals ask for.

import { createAdminService } from '../../admin/service.ts';
import { parseConfig, readConfigText } from '../../config/load.ts';
import { createLineWriter } from '../../gateway/observe/line-writer.ts';
import { rehearseGeneration } from '../../gateway/rehearse.ts';
import { type Primary, type ReadConfig, startPrimary } from '../../workers/primary.ts';
import { relayLines } from '../../workers/relay-lines.ts';
import { forkWorker } from '../../workers/worker-process.ts';
import type { CommandIo } from '../io.ts';
import type { CaughtSignals } from '../signals.ts';
import { announce } from './announce.ts';
import { warnOfLateChanges } from './late-changes.ts';
import { openLogs } from './logs.ts';
import { workerCount } from './worker-count.ts';

/** Where each can have a socket of its own on one address, and the kernel shares connections out: docs/decisions/0007. */
const reusePort = process.platform === 'linux';

export async function runAsPrimary(
  read: ReadConfig,
  signals: CaughtSignals,
  version: string,
  io: CommandIo,
): Promise<void> {
  const { config } = read;
  // Nobody is served here: there is nothing to say in an access log but what workers print.
  const logs = openLogs({ ...config, log: { ...config.log, access: [] } }, io);
  const { log, programLog } = logs;
  const output = createLineWriter({ target: 1, delayMs: 0, onError: (reason) => log.error(reason) });
  logs.alsoFlush(output.flushSync);
  const now = (): number => Date.now();
  const admin = createAdminService({ version, log, now });
  try {
    const primary = await startPrimary({
      size: workerCount(config),
      read,
      readAgain() {
        const next = readConfig(config.source.file);
        warnOfLateChanges(config, next.config, log);
        return next;
      },
      check: (next) => rehearseGeneration(next, now).credentials,
      onInForce: admin.follow,
      fork: forkWorker,
      onFork({ stdout, stderr }) {
        relayLines(stdout, output.write);
        relayLines(stderr, programLog.relay);
      },
      monotonic: () => performance.now(),
      ...{ reusePort, log, now },
    });
    await admin.start({ ...primary, reload: () => reloadFor(primary) }).catch(async (error: unknown) => {
      await primary.stop();
      throw error;
    });
    const stopped = signals.untilStopped({
      drain: (signal) => {
        log.info({ signal }, 'stopping');
        return primary.drain();
      },
      stop: (signal) => {
        log.info({ signal }, 'stopping at once');
        return primary.stop();
      },
      reload: () => primary.reload(),
      reopenLogs: () => {
        primary.reopenLogs();
        logs.reopen();
        log.info('log files opened anew');
      },
    });
    announce(primary.addresses, log);
    await stopped;
    log.info('stopped');
  } finally {
    await admin.close();
    await output.close();
    await logs.close();
  }
}

/** @throws MutualError */
export function readConfig(file: string): ReadConfig {
  const text = readConfigText(file);
  return { text, config: parseConfig(text, file) };
}

async function reloadFor(primary: Primary) {
  const succeeded = await primary.reload();
  const result = succeeded ? ('succeeded' as const) : ('failed' as const);
  return primary.lastReload() ?? { atMs: Date.now(), result, message: '' };
}
