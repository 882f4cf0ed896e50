// What requests can learn of a handshake that is done: the client's certificate, and what is wrong with it.

import type { TLSSocket } from 'node:tls';
import { type Certificate, parseCertificate } from '../../../x509/certificate.ts';
import { verifyErrors } from '../../../x509/verify-error.ts';
import type { PeerCertificates } from '../../accept/peer-certificates.ts';
import type { ServerConf } from '../locations/server-conf.ts';
import type { Request } from '../request.ts';
import { cipherNames } from './cipher-names.ts';
import { curvesOf, negotiatedGroup } from './group-names.ts';
import type { HelloFacts } from './hello-facts.ts';
import type { TlsView } from './tls-view.ts';
import { verifyErrorOf } from './verify-error-of.ts';

export interface Negotiated {
  readonly server: ServerConf<Request>;
  readonly chosenByName: boolean;
  readonly hello: HelloFacts;
  /** nginx's `ssl_ecdh_curve`. */
  readonly curves: string;
  /** nginx's `ssl_verify_depth`. */
  readonly depth: number;
  readonly anchors: readonly Certificate[];
  /** Undefined where no certificate is asked for. */
  readonly peers: PeerCertificates | undefined;
  /** Clients, by the hash of their certificate, whose chain was too long when they sent it. */
  readonly tooLong: Set<string>;
}

/** More than ever are refused; each is added once. */
const mostTooLong = 10_000;

export function readTlsView(stream: TLSSocket, negotiated: Negotiated): TlsView<Request> {
  const { server, chosenByName, hello, peers } = negotiated;
  const presented = peers?.of(stream);
  const certificate = presented instanceof Error ? undefined : presented;
  const protocol = stream.getProtocol() ?? '';
  const tooLong =
    certificate !== undefined &&
    stream.authorized &&
    (stream.isSessionReused()
      ? negotiated.tooLong.has(certificate.sha256)
      : isTooLong(stream, certificate, negotiated));
  if (tooLong && negotiated.tooLong.size < mostTooLong) negotiated.tooLong.add(certificate.sha256);
  const { code, text } = verifyErrors.CERT_CHAIN_TOO_LONG;
  return {
    ...emptyTlsView(server, chosenByName, hello),
    protocol,
    cipher: stream.getCipher().name,
    curve: negotiatedGroup(hello, negotiated.curves, protocol === 'TLSv1.3'),
    alpn: typeof stream.alpnProtocol === 'string' ? stream.alpnProtocol : undefined,
    resumed: stream.isSessionReused(),
    sessionId: () => sessionIdOf(stream.getSession()),
    certificate,
    verifyError: certificate === undefined ? undefined : tooLong ? { code, text } : verifyErrorOf(stream),
  };
}

/** Before the handshake: what the client has asked for. */
export function emptyTlsView(server: ServerConf<Request>, chosenByName: boolean, hello: HelloFacts): TlsView<Request> {
  return {
    server,
    chosenByName,
    serverName: hello.serverName,
    protocol: '',
    cipher: '',
    ciphers: cipherNames(hello.ciphers),
    curve: '',
    curves: curvesOf(hello),
    alpn: undefined,
    resumed: false,
    sessionId: () => '',
    certificate: undefined,
    verifyError: undefined,
  };
}

/** More CAs between the client's certificate and its root than `ssl_verify_depth` allows. */
function isTooLong(stream: TLSSocket, certificate: Certificate, { depth, anchors, peers }: Negotiated): boolean {
  const isRoot = ({ subjectDn, issuerDn }: Certificate): boolean => subjectDn === issuerDn;
  const byName = (name: string, among: readonly Certificate[]): Certificate | undefined =>
    among.find(({ subjectDn }) => subjectDn === name);
  const direct = byName(certificate.issuerDn, anchors);
  if (direct !== undefined && isRoot(direct)) return false;
  if (depth === 0) return true;
  // Asked of few clients only: what the answer takes is never given back.
  const known = [...(peers?.sentAfter(stream) ?? []).map((one) => parseCertificate(one)), ...anchors];
  let between = 0;
  for (let next = byName(certificate.issuerDn, known); next !== undefined && !isRoot(next); between += 1) {
    if (between > depth) return true;
    next = byName(next.issuerDn, known);
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
