// What the gateway is made of; everything is asked of the generation in force at that moment.

import type { Http2Server } from 'node:http2';
import type { Logger } from 'pino';
import type { StandardLane } from './forward/standard-lane.ts';
import type { Generation } from './generation.ts';
import type { Observer } from './observe/observer.ts';
import type { OpenConnections } from './open-connections.ts';
import type { TrustKeeper } from './trust-keeper.ts';

export interface GatewayDependencies {
  readonly generation: () => Generation;
  readonly connections: OpenConnections;
  readonly keeper: TrustKeeper;
  readonly lane: StandardLane;
  readonly http2: Http2Server;
  readonly observer: Observer;
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
}
