// Runs one worker: the primary process has started this one, and says what to do.

import cluster from 'node:cluster';
import { parseConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { type Channel, runWorker } from '../../workers/worker.ts';
import type { CommandIo } from '../io.ts';
import { openLogs, type RunLogs } from './logs.ts';

/** Are for the primary, which tells its workers; a terminal sends them to all at once. */
const signals = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGUSR1'] as const;

export function isWorker(): boolean {
  return cluster.isWorker;
}

export async function runAsWorker(io: CommandIo): Promise<void> {
  for (const signal of signals) process.on(signal, () => {});
  let logs: RunLogs | undefined;
  // However it ends.
  process.once('exit', () => logs?.flushSync());
  try {
    await runWorker({
      channel: channelToPrimary(),
      parseConfig,
      openLogs(config) {
        logs = openLogs(withPlainLog(config), io);
        return logs;
      },
      onServing: (gateway) => logs?.alsoFlush(() => gateway.flushLogs()),
      now: () => Date.now(),
      monotonic: () => performance.now(),
    });
  } finally {
    await logs?.close();
  }
}

/** What it prints goes by way of the primary, who knows whether a person reads it. */
function withPlainLog(config: Config): Config {
  const { log } = config;
  return log.file === undefined ? { ...config, log: { ...log, format: 'json' } } : config;
}

function channelToPrimary(): Channel {
  return {
    send: (message) =>
      new Promise((resolve) => {
        // Where it cannot be sent, the primary is gone: that is told by `onEnd`.
        if (process.send === undefined || !process.connected) resolve();
        else process.send(message, undefined, {}, () => resolve());
      }),
    onMessage: (listener) => void process.on('message', listener),
    onEnd(listener) {
      cluster.worker?.once('disconnect', () => {
        // Node would end the process on the spot, with requests in flight and lines to write.
        if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
        listener();
      });
    },
  };
}
