// "Whose connection is it?", asked once the handshake is done: an open connection goes out, or nothing where a client is
// refused in the handshake. An unverified one is gone there before it can send a request.

import type { Connection } from './accept/connection.ts';
import type { ConnectionRefusal } from './accept/refusal.ts';
import type { Authentication } from './authenticate/authentication.ts';
import type { Trust } from './authenticate/trust.ts';
import { handshakeFault } from './authorize/certificate-fault.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { OpenConnection } from './open-connections.ts';

/**
 * `admitted` is called at once, or, where somebody has to be asked about the client, when they have answered. It is not
 * where the connection has been refused, closed and told of.
 */
export type Admission = (connection: Connection, admitted: (open: OpenConnection) => void) => void;

export function createAdmission({ generation, connections, keeper, observer }: GatewayDependencies): Admission {
  function refusedInHandshake(
    { tls, client, listener }: Connection,
    authentication: Authentication,
  ): ConnectionRefusal | undefined {
    const server = generation().config.servers.find(({ name }) => name === tls?.server);
    const fault = server?.tls && handshakeFault(server.tls.clients, authentication);
    if (tls === undefined || fault === undefined) return undefined;
    const { server: name, serverName, protocol, resumed } = tls;
    const facts = { client, listener, server: name, serverName, protocol, resumed, code: fault.code };
    if (authentication.kind !== 'rejected') return { ...facts, reason: fault.reason };
    const { reason, certificate } = authentication;
    return { ...facts, reason: reason.text, verifyError: reason, certificate };
  }

  function judged(
    connection: Connection,
    authentication: Authentication,
    judgedBy: Trust | undefined,
  ): OpenConnection | undefined {
    const refusal = refusedInHandshake(connection, authentication);
    if (refusal !== undefined) {
      connection.stream.destroy();
      observer.connectionRefused(refusal);
      return undefined;
    }
    const open = connections.add(connection, authentication, judgedBy);
    observer.connectionOpened(connection, authentication);
    connection.stream.once('close', () => observer.connectionClosed(connection));
    return open;
  }

  return (connection, admitted) => {
    const { stream } = connection;
    // While others are asked nobody else listens, and a reset must not end the process.
    const ignore = (): void => {};
    stream.on('error', ignore);
    keeper.first(connection, (authentication, judgedBy) => {
      if (stream.destroyed) return;
      const open = judged(connection, authentication, judgedBy);
      if (open !== undefined) admitted(open);
      stream.off('error', ignore);
    });
  };
}
