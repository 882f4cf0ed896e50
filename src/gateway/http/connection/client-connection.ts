// One connection of a client as requests see it, and the engine that it belongs to.

import type { Duplex } from 'node:stream';
import type { Traffic } from '../../observe/traffic.ts';
import type { ServerNames } from '../locations/server-names.ts';
import type { ErrorLog } from '../log/error-log.ts';
import type { TlsView } from '../tls/tls-view.ts';

export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface EngineStats {
  accepted: number;
  active: number;
  requests: number;
  reading: number;
  writing: number;
  waiting: number;
}

export interface Engine {
  /** `1.28.0` */
  readonly version: string;
  /** Whether the version is this or a later one. */
  since(minor: number, patch?: number): boolean;
  readonly prefix: string;
  readonly hostname: string;
  readonly stats: EngineStats;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
  readonly errorLog: ErrorLog;
  /** Undefined where nobody counts. */
  readonly traffic: Traffic | undefined;
  /** A number that was not given before, for boundaries. */
  readonly nextNumber: () => number;
  /** The process is to end: connections are not kept. */
  readonly ending: () => boolean;
}

/** What a listening address is, for the connections on it. */
export interface ListenPlace<R> {
  readonly key: string;
  readonly ssl: boolean;
  readonly http2: boolean;
  readonly names: ServerNames<R>;
}

export interface ClientConnection<R> {
  readonly engine: Engine;
  readonly id: number;
  readonly stream: Duplex;
  readonly place: ListenPlace<R>;
  readonly client: Address;
  readonly local: Address;
  /** What a PROXY header has said. */
  readonly proxyProtocol:
    | { readonly client: Address; readonly destination: Address; readonly fields: Buffer | undefined }
    | undefined;
  readonly tls: TlsView<R> | undefined;
  readonly startedAtMs: number;
  readonly startedMonotonicMs: number;
  requests: number;
  /** Bytes that had come when the last head was whole. */
  headMark: number;
}
