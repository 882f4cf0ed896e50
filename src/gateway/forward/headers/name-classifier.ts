// What becomes of a client's header by its name alone. Asked for every header of every request, so answers are
// remembered by the name as it was sent.

import { hopByHopNames } from './hop-by-hop.ts';
import { canonicalName, isManagedName } from './managed-names.ts';

/**
 * `keep`: travels on. `remove`: belongs to the connection or to the gateway. `drop`: no name to send anywhere. `trace`:
 * says which trace the request is part of, and is written anew.
 */
export type NameVerdict = 'keep' | 'remove' | 'drop' | 'cookie' | 'trace';

/** Clients choose the names, so memory is bounded: names longer than this are judged anew each time. */
const longestRemembered = 64;
const mostRemembered = 1024;

/** Underscore and dot are folded to `-` by CGI, WSGI and PHP; no client has good reason for the rest of a token. */
const plainName = /^[A-Za-z0-9-]+$/;

/**
 * @param setByOperator canonical names that the route sets or removes itself
 * @param tracing whether the headers of traces are the gateway's to write
 */
export function createNameClassifier(
  setByOperator: ReadonlySet<string>,
  tracing = true,
): (name: string) => NameVerdict {
  const remembered = new Map<string, NameVerdict>();

  function judge(name: string): NameVerdict {
    if (!plainName.test(name)) return 'drop';
    const lower = name.toLowerCase();
    if (lower === 'host' || lower === 'content-length' || hopByHopNames.has(lower)) return 'remove';
    if (setByOperator.has(canonicalName(name)) || isManagedName(name)) return 'remove';
    if (tracing && (lower === 'traceparent' || lower === 'tracestate')) return 'trace';
    return lower === 'cookie' ? 'cookie' : 'keep';
  }

  return (name) => {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const verdict = judge(name);
    if (name.length <= longestRemembered) {
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(name, verdict);
    }
    return verdict;
  };
}
