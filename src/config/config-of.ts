// The configuration that a value stands for, as a file would hold it: for those who have it from elsewhere, and need no
// reader of YAML for it.

import { dirname, resolve } from 'node:path';
import { MutualError } from '../errors.ts';
import { checkDocument } from './checks/check-document.ts';
import { printKeyPath } from './config-error.ts';
import { document } from './document/document.ts';
import { findingsOf } from './findings.ts';
import { normaliseDocument } from './normalise/normalise-document.ts';
import type { Config } from './schema.ts';

/**
 * @param file what the value is told to come from; relative paths are relative to its folder
 * @throws MutualError `config-invalid`
 */
export function configOf(value: unknown, file: string): Config {
  const absolute = resolve(file);
  const parsed = document.safeParse(value, { reportInput: true });
  const findings = [...findingsOf(parsed.error?.issues ?? []), ...checkDocument(value, dirname(absolute))];
  if (!parsed.success || findings.length > 0) {
    const told = findings.map(({ path, message }) => `${printKeyPath(path)}: ${message}`);
    throw new MutualError('config-invalid', told.join('\n'));
  }
  return normaliseDocument(parsed.data, absolute);
}
