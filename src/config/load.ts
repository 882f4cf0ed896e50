// The one way into a configuration: a file or a text in, the effective configuration out, or an error that names every
// fault with its line. Certificates and keys are not read here.

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MutualError, whyUnreadable } from '../errors.ts';
import { checkDocument } from './checks/check-document.ts';
import { document } from './document/document.ts';
import { findingsOf } from './findings.ts';
import { normaliseDocument } from './normalise/normalise-document.ts';
import type { Config } from './schema.ts';
import { parseYaml } from './yaml-document.ts';

/** Ten thousand routes take some 2 MB. */
const maxFileBytes = 8 * 1024 * 1024;

/** Reads and parses a file. Throws `file-unreadable`, or what parseConfig throws. */
export function loadConfig(file: string): Config {
  return parseConfig(readConfigText(file), file);
}

/**
 * Parses the text of a configuration. `file` is printed in faults, and relative paths are relative to its folder.
 * Throws ConfigError with the code `config-invalid`, or `config-unsupported` when nothing else is wrong.
 */
export function parseConfig(text: string, file: string): Config {
  const yaml = parseYaml(text, file);
  if (yaml.value === null) {
    throw yaml.locate([{ path: [], message: 'is empty: a configuration has at least `servers`' }]);
  }
  const absolute = resolve(file);
  const parsed = document.safeParse(yaml.value, { reportInput: true });
  const findings = [...findingsOf(parsed.error?.issues ?? []), ...checkDocument(yaml.value, dirname(absolute))];
  if (!parsed.success || findings.length > 0) {
    throw yaml.locate(findings);
  }
  return normaliseDocument(parsed.data, absolute);
}

/** Throws `file-unreadable`. */
export function readConfigText(file: string): string {
  let bytes: Buffer;
  try {
    const status = statSync(file);
    if (status.size > maxFileBytes) {
      throw new MutualError('file-unreadable', `the configuration ${file} is larger than ${maxFileBytes} bytes`);
    }
    bytes = readFileSync(file);
  } catch (cause) {
    if (cause instanceof MutualError) {
      throw cause;
    }
    throw new MutualError('file-unreadable', `the configuration ${file} ${whyUnreadable(cause)}`, { cause });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MutualError('file-unreadable', `the configuration ${file} is not UTF-8 text`, { cause });
  }
}
