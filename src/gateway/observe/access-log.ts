// One access log: finished exchanges in, lines in a file or on standard output out.

import type { AccessLogConfig, UpstreamConfig } from '../../config/schema.ts';
import type { Exchange } from '../forward/exchange.ts';
import { compileAccessLogFormat } from './access-log-format.ts';
import { createLineWriter, type LineWriter } from './line-writer.ts';

/** Long enough that a busy gateway writes many lines at once, short enough for a person who follows the log. */
const delayMs = 20;

export interface AccessLog extends Omit<LineWriter, 'write'> {
  log(exchange: Exchange): void;
}

/** @throws MutualError `file-unwritable` */
export function createAccessLog(
  config: AccessLogConfig,
  upstreams: Readonly<Record<string, UpstreamConfig>>,
  onError: (reason: string) => void,
): AccessLog {
  const format = compileAccessLogFormat(config.format, upstreams);
  const { write, ...rest } = createLineWriter({ target: config.file ?? 1, delayMs, onError });
  return { ...rest, log: (exchange) => write(`${format(exchange)}\n`) };
}
