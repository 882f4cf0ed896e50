// One access log: finished exchanges in, lines in a file or on standard output out.

import type { AccessLogConfig } from '../../config/schema.ts';
import type { Exchange } from '../forward/exchange.ts';
import { type AccessLogFormatOptions, compileAccessLogFormat } from './access-log-format.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';
import { compileLogCondition } from './log-condition.ts';

export interface AccessLog extends Omit<LineWriter, 'write'> {
  log(exchange: Exchange): void;
}

/** @throws MutualError `file-unwritable` */
export function createAccessLog(
  config: AccessLogConfig,
  options: AccessLogFormatOptions,
  onError: (reason: string) => void,
): AccessLog {
  const format = compileAccessLogFormat(config.format, options);
  const wanted = config.when === undefined ? () => true : compileLogCondition(config.when, options.upstreams);
  const { bufferBytes, flushMs } = config;
  const delayMs = bufferBytes === 0 ? 0 : flushMs;
  const { write, ...rest } = createLineWriter({ target: config.file ?? 1, delayMs, bufferBytes, onError });
  return {
    ...rest,
    log(exchange) {
      if (wanted(exchange)) write(`${format(exchange)}\n`);
    },
  };
}
