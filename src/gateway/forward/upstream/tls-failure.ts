// A TLS handshake with an upstream that failed, or was refused by the other side after it: OpenSSL's and Node's names
// of it in, one line for the operator out that says which side has to act.

import type { PeerCertificate } from 'node:tls';
import type { UpstreamServerConfig } from '../../../config/schema.ts';
import { MutualError, messageOf, systemCodeOf } from '../../../errors.ts';
import type { UpstreamTls } from './tls-context.ts';

export interface TlsFailureFacts {
  readonly server: UpstreamServerConfig;
  readonly tls: UpstreamTls | undefined;
  /** The server's certificate, where it has been seen. */
  readonly peer: PeerCertificate | undefined;
  /** Unix time in milliseconds. */
  readonly nowMs: number;
}

export function isTlsError(error: unknown): boolean {
  return systemCodeOf(error)?.startsWith('ERR_SSL_') === true;
}

export function tlsFailure(error: unknown, facts: TlsFailureFacts): MutualError {
  const { server } = facts;
  return new MutualError('upstream-tls-failed', `${server.url}: ${reasonOf(error, facts)}`, { cause: error });
}

function reasonOf(error: unknown, facts: TlsFailureFacts): string {
  const code = systemCodeOf(error) ?? '';
  const alert = alertNumber(error);
  if (alert !== undefined) return alertReason(alert, facts.tls);
  const ours = ourVerdicts[code];
  if (ours !== undefined) return ours(facts);
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return `the server closed the connection in the TLS handshake: it does not speak TLS there, or does not want ours (${ownCertificate(facts.tls)})`;
  }
  return `the TLS handshake failed: ${shortMessage(error)}`;
}

/** What Node found wrong with the server or its certificate. */
const ourVerdicts: Readonly<Record<string, (facts: TlsFailureFacts) => string>> = {
  CERT_HAS_EXPIRED: ({ peer, nowMs }) =>
    nowMs < Date.parse(peer?.valid_to ?? '')
      ? `a CA certificate above the server's (${issuer(peer)}, or one above it) has expired: the other side has to renew it`
      : `the server's certificate${named(peer)} expired on ${isoDate(peer?.valid_to)}: the other side has to renew it`,
  CERT_NOT_YET_VALID: ({ peer }) =>
    `the server's certificate${named(peer)} is not valid before ${isoDate(peer?.valid_from)}: compare the clocks of both machines`,
  CERT_REVOKED: ({ peer }) => `the server's certificate${named(peer)} is revoked: the other side needs a new one`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (facts) =>
    `the server's certificate${named(facts.peer)} is self-signed and not in ${anchors(facts)}: add it there if it is the right one, or the other side has to get one from a CA`,
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (facts) =>
    `${unknownCa(facts)}; or the other side does not send its intermediate certificates`,
  ERR_TLS_CERT_ALTNAME_INVALID: (facts) =>
    `the server's certificate is for ${peerNames(facts.peer)} and not for ${expectedName(facts)}: set tls.serverName to one of its names if it is the right server, or the other side needs a certificate for this name`,
  INVALID_PURPOSE: ({ peer }) =>
    `the server's certificate${named(peer)} is not meant for servers (extended key usage): the other side needs another one`,
  UNABLE_TO_GET_CRL: (facts) =>
    `tls.crl has no revocation list of ${issuer(facts.peer)}: add one for every CA of the chain`,
  CRL_HAS_EXPIRED: ({ peer }) => `the revocation list of ${issuer(peer)} in tls.crl has expired: fetch a new one`,
  CRL_NOT_YET_VALID: ({ peer }) =>
    `the revocation list of ${issuer(peer)} in tls.crl is not valid yet: check the clock of this machine`,
  CRL_SIGNATURE_FAILURE: ({ peer }) =>
    `the revocation list of ${issuer(peer)} in tls.crl has a wrong signature: fetch it again`,
  ERR_SSL_WRONG_VERSION_NUMBER: () => notTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: () => notTls,
  ERR_SSL_HTTP_REQUEST: () => notTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: () =>
    'the server speaks no version of TLS that is new enough: the other side has to allow TLS 1.2 or 1.3',
};

const notTls = 'the server does not answer in TLS: if it speaks plain HTTP there, its address must begin with http://';

function unknownCa(facts: TlsFailureFacts): string {
  const { peer } = facts;
  return `the server's certificate${named(peer)}, issued by ${issuer(peer)}, is not signed by any CA in ${anchors(facts)}: add its CA to tls.ca if the server is the right one`;
}

function anchors({ tls }: TlsFailureFacts): string {
  return tls?.anchorSource ?? 'tls.ca';
}

function named(peer: PeerCertificate | undefined): string {
  const name = dn(peer?.subject);
  return name === undefined ? '' : ` (${name})`;
}

function issuer(peer: PeerCertificate | undefined): string {
  return dn(peer?.issuer) ?? 'a CA that it does not name';
}

function dn(name: object | undefined): string | undefined {
  const parts = Object.entries(name ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  return parts.length === 0 ? undefined : printable(parts.join(', '));
}

function peerNames(peer: PeerCertificate | undefined): string {
  if (peer?.subjectaltname) return printable(peer.subjectaltname.replaceAll(/(?:DNS|IP Address):/g, ''));
  return dn(peer?.subject) ?? 'nobody';
}

function expectedName({ tls, server }: TlsFailureFacts): string {
  return tls?.serverName ?? (server.kind === 'tcp' ? server.host : server.url);
}

/** Names in a stranger's certificate may hold anything; a line of the log is one line. */
function printable(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e]/gu, '?');
  return clean.length > 300 ? `${clean.slice(0, 300)}...` : clean;
}

function isoDate(text: string | undefined): string {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? 'an unknown date' : new Date(time).toISOString();
}

/** OpenSSL's text without thread number, source file and line. */
function shortMessage(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'reason' in error && typeof error.reason === 'string')
    return error.reason;
  return messageOf(error);
}

export function ownCertificate(tls: UpstreamTls | undefined): string {
  return tls?.ownName === undefined ? 'we have none configured' : `we sent ${tls.ownName}`;
}

// ---- alerts (RFC 8446 section 6.2) -----------------------------------------------------------------------------------

/** The number of the alert that the other side sent, if it sent one. */
function alertNumber(error: unknown): number | undefined {
  const match = /SSL alert number (\d+)/.exec(messageOf(error));
  return match === null ? undefined : Number(match[1]);
}

const alertNames: Readonly<Record<number, string>> = {
  10: 'unexpected message',
  20: 'bad record MAC',
  40: 'handshake failure',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'certificate revoked',
  45: 'certificate expired',
  46: 'certificate unknown',
  47: 'illegal parameter',
  48: 'unknown CA',
  49: 'access denied',
  50: 'decode error',
  51: 'decrypt error',
  70: 'protocol version',
  71: 'insufficient security',
  80: 'internal error',
  109: 'missing extension',
  112: 'unrecognized name',
  116: 'certificate required',
  120: 'no application protocol',
};

/** Alerts that speak of the certificate that we sent, or did not send. */
const certificateAlerts: Readonly<Record<number, string>> = {
  42: 'it takes ours for broken',
  43: 'it does not take its kind',
  44: 'ours is revoked: get a new one',
  45: 'ours has expired: renew it',
  46: 'it did not say why; its log knows',
  48: 'it does not trust the CA of ours: the other side has to add that CA',
  49: 'ours is not let in there: the other side has to allow it',
  51: 'our signature does not fit our certificate',
  116: 'it wants one: set tls.certificate and tls.key',
};

function alertText(number: number): string {
  return alertNames[number] ?? `alert ${number}`;
}

function alertReason(number: number, tls: UpstreamTls | undefined): string {
  const about = certificateAlerts[number];
  if (about !== undefined) {
    return `the server refused our certificate: ${alertText(number)} (${ownCertificate(tls)}); ${about}`;
  }
  switch (number) {
    case 40:
      return `the server refused the handshake: handshake failure; it wants a client certificate (${ownCertificate(tls)}), or shares no cipher suite with us`;
    case 70:
      return 'the server refused the handshake: protocol version; it and we have no version of TLS in common';
    case 112:
      return `the server refused the handshake: unrecognized name; it has no certificate for the name we asked for (tls.serverName)`;
    case 120:
      return 'the server refused the handshake: no application protocol; it does not speak HTTP/1.1';
    default:
      return `the server broke off the TLS connection: ${alertText(number)}`;
  }
}
