// The locations of a server, or within one, in the order in which they are asked.

import type { Regex } from '../script/regex.ts';
import type { LocationConf } from './location-conf.ts';

export interface PlacedLocation<R> {
  readonly conf: LocationConf<R>;
  /** Text of an exact location or a prefix, one character a byte. */
  readonly path: string;
  readonly exact: boolean;
  /** nginx's `^~`. */
  readonly final: boolean;
  readonly regex: Regex | undefined;
  readonly inner: LocationTree<R>;
}

export interface LocationTree<R> {
  readonly exact: ReadonlyMap<string, PlacedLocation<R>>;
  /** Longest first. */
  readonly prefixes: readonly PlacedLocation<R>[];
  readonly regexes: readonly PlacedLocation<R>[];
}

export function locationTree<R>(locations: readonly PlacedLocation<R>[]): LocationTree<R> {
  const plain = locations.filter(({ regex }) => regex === undefined);
  return {
    exact: new Map(plain.filter(({ exact }) => exact).map((location) => [location.path, location])),
    prefixes: plain.filter(({ exact }) => !exact).sort((a, b) => b.path.length - a.path.length),
    regexes: locations.filter(({ regex }) => regex !== undefined),
  };
}
