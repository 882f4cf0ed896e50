// What `balance: hash` goes by: the template of an upstream, rendered for one request.

import type { UpstreamConfig } from '../../config/schema.ts';
import type { Exchange } from './exchange.ts';
import { compileTemplate } from './headers/header-plan.ts';
import type { Upstream } from './upstream/upstream.ts';
import type { VariableContext } from './variables/reader.ts';

/** Undefined where the upstream does not balance by a key. */
export type HashKeyReader = (of: { readonly exchange: Exchange; readonly upstream: Upstream }) => string | undefined;

/** Compiles each template once. */
export function createHashKeyReader(): HashKeyReader {
  const compiled = new WeakMap<UpstreamConfig, (exchange: Exchange, context: VariableContext) => string>();
  return ({ exchange, upstream: { config } }) => {
    if (config.hashKey === undefined) return undefined;
    let read = compiled.get(config);
    if (read === undefined) {
      read = compileTemplate(config.hashKey);
      compiled.set(config, read);
    }
    return read(exchange, { nowMs: exchange.startedAtMs });
  };
}
