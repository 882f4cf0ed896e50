// Runs the gateway in this process, until a signal ends it.

import { createAdminService } from '../../admin/service.ts';
import { sourceOf } from '../../admin/source.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { startGateway } from '../../gateway/lifecycle.ts';
import type { CommandIo } from '../io.ts';
import type { CaughtSignals } from '../signals.ts';
import { announce } from './announce.ts';
import { warnOfLateChanges } from './late-changes.ts';
import { openLogs } from './logs.ts';

export async function runAlone(config: Config, signals: CaughtSignals, version: string, io: CommandIo): Promise<void> {
  const logs = openLogs(config, io);
  const { log, observer } = logs;
  const now = (): number => Date.now();
  const admin = createAdminService({ version, log, now });
  try {
    const gateway = await startGateway({
      config,
      loadConfig() {
        const next = loadConfig(config.source.file);
        warnOfLateChanges(config, next, log);
        return next;
      },
      onInForce: admin.follow,
      monotonic: () => performance.now(),
      ...{ log, observer, now },
    });
    logs.alsoFlush(() => gateway.flushLogs());
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
        gateway.reopenLogs();
        logs.reopen();
        log.info('log files opened anew');
      },
    });
    // Only now: whoever reads this line may send a signal in the next moment.
    announce(gateway.addresses, log);
    await stopped;
    log.info('stopped');
  } finally {
    await admin.close();
    await logs.close();
  }
}
