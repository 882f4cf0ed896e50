// Errors of Node, OpenSSL and llhttp on the way to an upstream to errors of ours: a code whose public text says
// nothing, and one line for the operator that says what is wrong, where, and which side has to act.

import type { PeerCertificate } from 'node:tls';
import type { UpstreamServerConfig } from '../../../config/schema.ts';
import { MutualError, messageOf, systemCodeOf } from '../../../errors.ts';
import type { Link } from './link.ts';
import type { UpstreamTls } from './tls-context.ts';
import { isTlsError, ownCertificate, tlsFailure } from './tls-failure.ts';

/** What is known of a connection that is being opened. */
export interface ConnectFacts {
  readonly server: UpstreamServerConfig;
  readonly tls: UpstreamTls | undefined;
  phase: 'connect' | 'handshake';
  /** The server's certificate, once it has been seen. */
  peer: PeerCertificate | undefined;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

export function connectTimeout({ server, phase }: ConnectFacts, timeoutMs: number): MutualError {
  const what =
    phase === 'connect'
      ? 'does not answer: the machine is down, the address is wrong, or a firewall drops what is sent to it'
      : 'takes the connection but does not finish the TLS handshake';
  return new MutualError('upstream-timeout', `${server.url} ${what} (waited ${timeoutMs} ms)`);
}

export function connectFailure(error: unknown, facts: ConnectFacts): MutualError {
  const { server, phase } = facts;
  if (phase === 'handshake') return tlsFailure(error, facts);
  const code = systemCodeOf(firstOf(error));
  const reason = connectReasons[code ?? ''] ?? `cannot be reached: ${messageOf(error)}`;
  return new MutualError('upstream-unreachable', `${server.url} ${reason}`, { cause: error });
}

const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections: nothing listens there; start the service or mend the address',
  ENOENT: 'does not exist: the service that makes this socket does not run, or the path is wrong',
  EACCES: 'may not be opened by this process: mend the permissions of the socket and of its directory',
  ENOTFOUND: 'has a name that is not known: mend the name, or the name servers of this machine',
  EAI_AGAIN: 'has a name that cannot be asked for: the name servers of this machine do not answer',
  EHOSTUNREACH: 'cannot be reached: there is no way to this host',
  ENETUNREACH: 'cannot be reached: there is no way to this network',
  ETIMEDOUT: 'does not answer: the machine is down, the address is wrong, or a firewall drops what is sent to it',
  ECONNRESET: 'closes connections at once: it is overloaded, or does not let this machine in',
  EMFILE: 'cannot be connected to: this process has as many files open as it may (ulimit -n)',
  EADDRNOTAVAIL: 'cannot be connected to: this machine has no local port left',
};

/** Where every address of a name failed, Node wraps the errors of all. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors[0] : error;
}

/** A request that was sent, or was about to be, and got no complete response. */
export interface ExchangeFacts {
  readonly server: UpstreamServerConfig;
  readonly tls: UpstreamTls | undefined;
  readonly link: Link;
  /** Whether the head of the response had arrived. */
  readonly begun: boolean;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

/** Also for errors of ours, which come back as they are. */
export function exchangeFailure(error: unknown, facts: ExchangeFacts): MutualError {
  if (error instanceof MutualError) return error;
  const { server, link, begun } = facts;
  // What broke the socket says more than what Node made of it ("socket hang up").
  const cause = link.error ?? error;
  const code = systemCodeOf(error);
  if (code?.startsWith('HPE_') === true) return invalidAnswer(error, code, server);
  if (isTlsError(cause)) return tlsFailure(cause, { ...facts, peer: undefined });
  if (begun) {
    return new MutualError(
      'upstream-unreachable',
      `${server.url} broke off in the middle of its response (${messageOf(cause)})`,
      {
        cause,
      },
    );
  }
  if (link.askedForCertificate && link.requests <= 1) {
    const text = `${server.url} asked for a certificate in the TLS handshake and closed the connection before it answered: it may have refused ours (${ownCertificate(facts.tls)}); its log knows`;
    return new MutualError('upstream-tls-failed', text, { cause });
  }
  return new MutualError(
    'upstream-unreachable',
    `${server.url} closed the connection before it answered (${messageOf(cause)})`,
    {
      cause,
    },
  );
}

function invalidAnswer(error: unknown, code: string, { url }: UpstreamServerConfig): MutualError {
  const packet = typeof error === 'object' && error !== null && 'rawPacket' in error ? error.rawPacket : undefined;
  // A TLS record: content type 21 (alert) or 22 (handshake), then major version 3 (RFC 8446 section 5.1).
  if (Buffer.isBuffer(packet) && (packet[0] === 0x15 || packet[0] === 0x16) && packet[1] === 0x03) {
    return new MutualError('upstream-invalid', `${url} answers with TLS: its address must begin with https://`, {
      cause: error,
    });
  }
  const what =
    code === 'HPE_HEADER_OVERFLOW'
      ? 'sends a response head that is too large'
      : `does not answer in HTTP: ${messageOf(error)}`;
  return new MutualError('upstream-invalid', `${url} ${what}`, { cause: error });
}
