// One server, compiled: its names, its limits on what clients send, its locations.

import type { Step } from '../rewrite/steps.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import type { LocationConf } from './location-conf.ts';
import type { LocationTree } from './location-tree.ts';

export interface ServerConf {
  /** The first of its names; empty where it has none. */
  readonly name: string;
  readonly names: readonly string[];
  readonly steps: readonly Step[];
  readonly tree: LocationTree;
  readonly namedLocations: ReadonlyMap<string, LocationConf>;
  /** What holds outside of all locations. */
  readonly outside: LocationConf;
  readonly headerTimeoutMs: number;
  readonly headerBufferBytes: number;
  readonly largeBuffers: { readonly number: number; readonly size: number };
  readonly maxHeaders: number;
  readonly ignoreInvalidHeaders: boolean;
  readonly underscoresInHeaders: boolean;
  readonly mergeSlashes: boolean;
  readonly http2: boolean;
  readonly tls: ServerTls | undefined;
}
