// nginx's inheritance: what a block does not say itself it has from the block around it. A list counts as a whole, and
// `root` and `alias` take each other's place.

import type { HttpSettings } from '../../../config/http-schema.ts';

export interface Settings extends HttpSettings {
  /** Of the location or of one around it, in place of `root`. */
  readonly alias?: string | undefined;
  readonly internal?: boolean | undefined;
}

/** What holds only for the block that it is said in. */
const notInherited: ReadonlySet<string> = new Set(['proxyPass', 'stubStatus']);

/** @param inner an `if` or `limit_except` block: it goes on doing what the location around it does */
export function inherit(outer: Settings, own: Settings, inner = false): Settings {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(outer)) {
    if (value === undefined || (!inner && notInherited.has(key))) continue;
    result[key] = value;
  }
  for (const [key, value] of Object.entries(own)) {
    if (value !== undefined) result[key] = value;
  }
  if (own.alias !== undefined) delete result.root;
  else if (own.root !== undefined) delete result.alias;
  if (own.keepaliveTimeout !== undefined && own.keepaliveTimeoutHeader === undefined) {
    delete result.keepaliveTimeoutHeader;
  }
  return result as Settings;
}
