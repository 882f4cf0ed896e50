// Tells whoever counts of a connection: when HTTP can begin on it and when it is closed, or that it came to nothing.

import type { ConnectionRefusal } from '../../accept/refusal.ts';
import type { ClientConnection, Engine } from '../connection/client-connection.ts';
import type { Request } from '../request.ts';

export function reportConnection({ engine, place, tls, client, stream }: ClientConnection<Request>): void {
  const { traffic } = engine;
  if (traffic === undefined) return;
  const seen = {
    listener: place.key,
    tls: tls === undefined ? undefined : { server: tls.server.label, protocol: tls.protocol, resumed: tls.resumed },
  };
  traffic.opened(seen, client, tls?.verifyError === undefined ? tls?.certificate : undefined);
  stream.once('close', () => traffic.closed(seen));
}

export function reportHandshake(
  engine: Engine,
  reason: string,
  facts: Pick<ConnectionRefusal, 'client' | 'listener' | 'server' | 'serverName'>,
): void {
  engine.traffic?.refused({ code: 'handshake-failed', reason, ...facts });
}
