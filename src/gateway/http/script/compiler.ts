// Compiles texts with variables. Which variables there are is known beforehand: nginx's own, and those that the
// configuration defines; a name that is neither is a fault of the configuration.

import { MutualError } from '../../../errors.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';
import { captureOf, constantValue, type Getter, type Part, partsOf, type Value } from './value.ts';

/** No variable of the gateway, and none that the configuration sets. */
export class UnknownVariable extends MutualError {
  /** Without `$`, in lower case. */
  readonly variable: string;

  constructor(variable: string) {
    super('config-invalid', `unknown "${variable}" variable`);
    this.name = 'UnknownVariable';
    this.variable = variable;
  }
}

export interface Compiler {
  /** @throws UnknownVariable */
  value(text: string): Value<Request>;
  optional(text: string | undefined): Value<Request> | undefined;
  /** @throws UnknownVariable */
  getter(name: string): Getter<Request>;
  /** Defines a variable of the configuration; the last definition counts. */
  define(name: string, getter: Getter<Request>): void;
}

/** @param builtin the variables of the gateway: undefined for a name that it does not have */
export function createCompiler(builtin: (name: string) => Getter<Request> | undefined): Compiler {
  const defined = new Map<string, Getter<Request>>();

  function getter(name: string): Getter<Request> {
    const own = defined.get(name) ?? builtin(name);
    if (own === undefined) throw new UnknownVariable(name);
    // What is set for one request counts before all else: `set $limit_rate`, or a group of the same name.
    return (request) => (request.variables.has(name) ? request.variables.get(name) : own(request));
  }

  function value(text: string): Value<Request> {
    const parts = partsOf(toBinary(text));
    if (parts.every((part) => typeof part === 'string')) return constantValue(parts.join(''));
    const readers = parts.map(readerOf);
    const [only] = readers;
    if (readers.length === 1 && only !== undefined) {
      return { source: text, constant: undefined, of: (request) => only(request) };
    }
    return {
      source: text,
      constant: undefined,
      of(request) {
        let rendered = '';
        for (const read of readers) rendered += read(request);
        return rendered;
      },
    };
  }

  function readerOf(part: Part): (request: Request) => string {
    if (typeof part === 'string') return () => part;
    if ('capture' in part) return (request) => captureOf(request, part.capture);
    const get = getter(part.variable);
    return (request) => get(request) ?? '';
  }

  return {
    value,
    optional: (text) => (text === undefined ? undefined : value(text)),
    getter,
    define: (name, own) => void defined.set(name, own),
  };
}
