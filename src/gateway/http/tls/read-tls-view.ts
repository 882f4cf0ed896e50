// What requests can learn of a handshake that is done: the client's certificate, and what is wrong with it.

import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { verifyErrors } from '../../../x509/verify-error.ts';
import type { ServerConf } from '../locations/server-conf.ts';
import type { TlsView } from './tls-view.ts';
import { verifyErrorOf } from './verify-error-of.ts';

export interface Negotiated {
  readonly server: ServerConf;
  readonly chosenByName: boolean;
  readonly serverName: string | undefined;
  /** nginx's `ssl_verify_depth`. */
  readonly depth: number;
}

export function readTlsView(stream: TLSSocket, { depth, ...negotiated }: Negotiated): TlsView {
  const asked = (negotiated.server.tls?.verify ?? 'off') !== 'off';
  const certificate = asked ? readCertificate(stream) : undefined;
  const tooLong =
    certificate !== undefined && stream.authorized && !stream.isSessionReused() && isTooLong(stream, depth);
  const { code, text } = verifyErrors.CERT_CHAIN_TOO_LONG;
  return {
    ...negotiated,
    protocol: stream.getProtocol() ?? '',
    cipher: stream.getCipher().name,
    ciphers: '',
    curve: '',
    curves: '',
    alpn: typeof stream.alpnProtocol === 'string' ? stream.alpnProtocol : undefined,
    resumed: stream.isSessionReused(),
    sessionId: sessionIdOf(stream.getSession()),
    certificate,
    verifyError: certificate === undefined ? undefined : tooLong ? { code, text } : verifyErrorOf(stream),
  };
}

function readCertificate(stream: TLSSocket): Certificate | undefined {
  try {
    const { raw }: { readonly raw?: Buffer } = stream.getPeerCertificate();
    return raw === undefined ? undefined : parseCertificate(raw);
  } catch {
    return undefined;
  }
}

/** More certificates between the client's and its root than `ssl_verify_depth` allows. */
function isTooLong(stream: TLSSocket, depth: number): boolean {
  let between = 0;
  let certificate = stream.getPeerCertificate(true).issuerCertificate as DetailedPeerCertificate | undefined;
  while (certificate !== undefined && between <= depth) {
    const { fingerprint256, issuerCertificate } = certificate;
    if (isDeepStrictEqual(certificate.subject, certificate.issuer)) break;
    between += 1;
    certificate = issuerCertificate?.fingerprint256 === fingerprint256 ? undefined : issuerCertificate;
  }
  return between > depth;
}

/** The number in a serialized SSL_SESSION: the first octet string after version, protocol and cipher. */
function sessionIdOf(session: Buffer | undefined): string {
  if (session === undefined) return '';
  let at = session[1] === 0x82 ? 4 : session[1] === 0x81 ? 3 : 2;
  for (let field = 0; field < 4 && at + 1 < session.length; field += 1) {
    const length = session[at + 1] as number;
    if (field === 3 && session[at] === 4) return session.toString('hex', at + 2, at + 2 + length);
    at += 2 + length;
  }
  return '';
}
