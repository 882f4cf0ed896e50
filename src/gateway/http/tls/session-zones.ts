// What sessions of TLS need beyond one reading of the configuration: the keys and caches of `ssl_session_cache shared:…`,
// by the name of the zone, so that clients come back by their sessions after a reload. Secrets stay in memory.

import { randomBytes } from 'node:crypto';

export interface SessionZone {
  /** Sessions of TLS 1.2 by their number, each with the name of the context that it belongs to. */
  readonly sessions: Map<string, Buffer>;
  /** The key for new tickets, and the one before it. A key serves as long as a session does. */
  ticketKeys(monotonicMs: number, timeoutMs: number): readonly Buffer[];
}

export interface SessionZones {
  /** Clients, by the hash of their certificate, whose chain was too long. */
  readonly tooLong: Set<string>;
  zone(name: string): SessionZone;
}

export function createSessionZones(): SessionZones {
  const zones = new Map<string, SessionZone>();
  return {
    tooLong: new Set(),
    zone(name) {
      const known = zones.get(name) ?? createZone();
      zones.set(name, known);
      return known;
    },
  };
}

function createZone(): SessionZone {
  let keys: Buffer[] = [];
  let madeMs = 0;
  return {
    sessions: new Map(),
    ticketKeys(monotonicMs, timeoutMs) {
      if (keys.length === 0 || monotonicMs - madeMs >= timeoutMs) {
        // Nothing that the older key has sealed is still good.
        const older = monotonicMs - madeMs >= 2 * timeoutMs ? [] : keys.slice(0, 1);
        keys = [randomBytes(48), ...older];
        madeMs = monotonicMs;
      }
      return keys;
    },
  };
}
