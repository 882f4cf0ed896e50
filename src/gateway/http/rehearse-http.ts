// Compiles the section `http` as a start would, without opening an address or a log, and without asking for names.

import { isAbsolute } from 'node:path';
import type { HttpConfig } from '../../config/http-schema.ts';
import { createHttpGeneration } from './engine.ts';
import type { ByteWriter } from './log/byte-writer.ts';
import type { LogFiles } from './log/log-files.ts';
import { createSessionZones } from './tls/session-zones.ts';

export interface RehearsalOptions {
  readonly now: () => number;
  /** @throws MutualError `file-unwritable` where a log could not be opened */
  readonly requireWritable: (file: string) => void;
}

const nowhere: ByteWriter = { write() {}, reopen() {}, flushSync() {}, close() {} };

/** @throws MutualError where a start would fail */
export async function rehearseHttp(config: HttpConfig, { now, requireWritable }: RehearsalOptions): Promise<void> {
  const files: LogFiles = {
    open(file) {
      if (isAbsolute(file)) requireWritable(file);
      return nowhere;
    },
    openNamed: () => nowhere,
    reopen() {},
    flushSync() {},
    close() {},
  };
  const generation = await createHttpGeneration(config, {
    files,
    stats: { accepted: 0, active: 0, requests: 0, reading: 0, writing: 0, waiting: 0 },
    now,
    monotonic: () => 0,
    ending: () => false,
    nextNumber: () => 0,
    traffic: undefined,
    zones: createSessionZones(),
    isRehearsal: true,
  });
  generation.close();
}
