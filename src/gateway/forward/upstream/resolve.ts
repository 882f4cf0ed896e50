// Names of upstream servers to addresses. An answer is believed for a while and asked for again after that; when the
// name servers fail, the last answer stands. Every address of an answer gets its turn to be the first.

import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** `dns.lookup` with `all: true`: every address, hosts file and search list of the machine included. */
export type LookupAll = (
  host: string,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface ResolverOptions {
  /** How long an answer is believed, in milliseconds. */
  readonly ttlMs: number;
  readonly now: () => number;
  readonly lookupAll: LookupAll;
  /** The name servers failed, and an old answer is used in place of theirs. */
  readonly onStale: (host: string, error: NodeJS.ErrnoException) => void;
}

interface Answer {
  readonly addresses: readonly LookupAddress[];
  /** Unix time in milliseconds. */
  readonly until: number;
  /** How many have been served: the next one begins at another address. */
  served: number;
}

/** After a failure with an old answer at hand, the name servers are left alone this long. */
const retryMs = 1000;

/** A function for the `lookup` option of `net.connect`. */
export function createLookup({ ttlMs, now, lookupAll, onStale }: ResolverOptions): LookupFunction {
  const answers = new Map<string, Answer>();
  const waiting = new Map<string, ((error: NodeJS.ErrnoException | null, answer: Answer | undefined) => void)[]>();

  function answerFor(
    host: string,
    done: (error: NodeJS.ErrnoException | null, answer: Answer | undefined) => void,
  ): void {
    const known = answers.get(host);
    if (known !== undefined && now() < known.until) {
      done(null, known);
      return;
    }
    const others = waiting.get(host);
    if (others !== undefined) {
      others.push(done);
      return;
    }
    waiting.set(host, [done]);
    lookupAll(host, (error, addresses) => {
      let answer: Answer | undefined;
      let failure: NodeJS.ErrnoException | null = null;
      if (error === null && addresses.length > 0) {
        answer = { addresses, until: now() + ttlMs, served: 0 };
      } else {
        failure = error ?? Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' });
        if (known !== undefined) {
          answer = { ...known, until: now() + retryMs };
          onStale(host, failure);
        }
      }
      if (answer !== undefined) answers.set(host, answer);
      const all = waiting.get(host) ?? [];
      waiting.delete(host);
      for (const one of all) one(answer === undefined ? failure : null, answer);
    });
  }

  return (host, options, callback) => {
    answerFor(host, (error, answer) => {
      if (answer === undefined) {
        callback(error, '', 4);
        return;
      }
      const { addresses } = answer;
      const first = answer.served % addresses.length;
      answer.served += 1;
      const turned = [...addresses.slice(first), ...addresses.slice(0, first)];
      // With autoSelectFamily Node asks for all of them, and tries the next where one does not answer.
      const [one] = turned as [LookupAddress, ...LookupAddress[]];
      if (options.all === true) callback(null, turned);
      else callback(null, one.address, one.family);
    });
  };
}
