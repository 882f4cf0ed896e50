// Whom does a client meet first? The place of a question in, in words: the server, what it asks of clients, and how the
// host came to it.

import type { ServerConfig } from '../config/schema.ts';
import type { Decision } from '../gateway/authorize/decision.ts';
import type { Place } from './place.ts';
import type { Step } from './step.ts';

export function serverStep(place: Place, decision: Decision | undefined): Step {
  const { server, handshake, request, isNamed, serverName } = place;
  if (decision?.kind === 'denial' && decision.code === 'misdirected-request') {
    return { name: 'server', outcome: 'failed', text: decision.reason, advice: adviceFor(place) };
  }
  // In a handshake that fails, the host of the request is never read.
  const met = decision === undefined ? (handshake ?? server) : server;
  const left =
    isNamed || server.names.length === 0
      ? ''
      : `no server is called "${serverName ?? request.host}": it is left to "${met.name}", which `;
  return { name: 'server', outcome: 'ok', text: left === '' ? `"${met.name}" ${asks(met)}` : `${left}${asks(met)}` };
}

function asks({ tls }: ServerConfig): string {
  if (tls === undefined) return 'takes plain HTTP and asks nobody for a certificate';
  switch (tls.clients.verify) {
    case 'required':
      return 'demands a certificate of every client';
    case 'optional':
      return 'asks every client for a certificate, and leaves it to the route who needs one';
    case 'none':
      return 'asks nobody for a certificate';
  }
}

function adviceFor({ server, serverName }: Place): string {
  const names = server.names.length === 0 ? 'a name of its own' : server.names.join(' or ');
  return serverName === undefined
    ? `connect by name (${names}): with an address no server name is sent in the handshake`
    : `ask for a host that has a server: ${names}`;
}
