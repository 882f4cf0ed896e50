// "Whose connection is it?", asked once the handshake is done: an open connection goes out, or nothing where a client is
// refused in the handshake. An unverified one is gone there before it can send a request.

import type { Connection } from './accept/connection.ts';
import type { ConnectionRefusal } from './accept/refusal.ts';
import type { Authentication } from './authenticate/authentication.ts';
import { handshakeFault } from './authorize/certificate-fault.ts';
import type { GatewayDependencies } from './gateway-dependencies.ts';
import type { OpenConnection } from './open-connections.ts';

/** Undefined: the connection has been refused, closed and told of. */
export type Admission = (connection: Connection) => OpenConnection | undefined;

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

  return (connection) => {
    const authentication = keeper.first(connection);
    const refusal = refusedInHandshake(connection, authentication);
    if (refusal !== undefined) {
      connection.stream.destroy();
      observer.connectionRefused(refusal);
      return undefined;
    }
    const judgedBy = connection.tls && generation().trusts.get(connection.tls.server);
    const open = connections.add(connection, authentication, judgedBy);
    observer.connectionOpened(connection, authentication);
    connection.stream.once('close', () => observer.connectionClosed(connection));
    return open;
  };
}
