// One server, compiled: its names, its limits on what clients send, its locations.

import type { Step } from '../rewrite/step.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import type { LocationConf } from './location-conf.ts';
import type { LocationTree } from './location-tree.ts';

export interface ServerConf<R> {
  /** The first of its names; empty where it has none. */
  readonly name: string;
  /** Its first name as the configuration writes it, else its first address. */
  readonly label: string;
  readonly names: readonly string[];
  readonly steps: readonly Step<R>[];
  readonly tree: LocationTree<R>;
  readonly namedLocations: ReadonlyMap<string, LocationConf<R>>;
  /** What holds outside of all locations. */
  readonly outside: LocationConf<R>;
  readonly headerTimeoutMs: number;
  readonly headerBufferBytes: number;
  readonly largeBuffers: { readonly number: number; readonly size: number };
  readonly maxHeaders: number;
  readonly ignoreInvalidHeaders: boolean;
  readonly underscoresInHeaders: boolean;
  readonly mergeSlashes: boolean;
  readonly http2: { readonly concurrentStreams: number; readonly prereadBytes: number };
  readonly tls: ServerTls | undefined;
}
