// What is wrong with a configuration: faults with their places in, one error out that names them all.

import { MutualError } from '../errors.ts';

/** Where a value stands: keys and list indexes from the root of the document. */
export type KeyPath = readonly (string | number)[];

/** A fault of the configuration, before its place in the file is known. */
export interface Finding {
  readonly path: KeyPath;
  readonly message: string;
  /** A later version will understand it. */
  readonly unsupported?: boolean;
  /** The fault is the key itself, not its value. */
  readonly atKey?: boolean;
}

/** A fault with its place; line and column count from 1. */
export interface ConfigFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `servers[0].routes[1].upstream`; empty for the document as a whole. */
  readonly key: string;
  readonly message: string;
  readonly code: 'config-invalid' | 'config-unsupported';
}

/**
 * Thrown for a configuration that was read but is wrong. `message` holds each fault on a line of its own:
 * `file:line:column key: message`. The code is `config-unsupported` when nothing else is wrong.
 */
export class ConfigError extends MutualError {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const [first] = faults;
    const heading = faults.length > 1 ? [`${first?.file} has ${faults.length} faults:`] : [];
    const onlyUnsupported = faults.every(({ code }) => code === 'config-unsupported');
    super(
      onlyUnsupported ? 'config-unsupported' : 'config-invalid',
      [...heading, ...faults.map(printFault)].join('\n'),
    );
    this.faults = faults;
  }
}

/** `servers[0].routes[1].upstream`; keys that are not plain words are quoted: `headers["X-Client"]`. */
export function printKeyPath(path: KeyPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') {
      text += `[${step}]`;
    } else if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(step)) {
      text += text === '' ? step : `.${step}`;
    } else {
      text += `[${JSON.stringify(step)}]`;
    }
  }
  return text;
}

function printFault({ file, line, column, key, message }: ConfigFault): string {
  return `${file}:${line}:${column} ${key === '' ? '' : `${key}: `}${message}`;
}
