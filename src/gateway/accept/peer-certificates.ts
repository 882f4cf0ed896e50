// The certificates that a client sends in the handshake: its own, also where it is refused, and those after it. A TLS
// server in, a way to ask about its sockets out. What is told here has not been verified; asking must not cost memory.

import type { X509Certificate } from 'node:crypto';
import type { Server, TLSSocket } from 'node:tls';
import { MutualError } from '../../errors.ts';
import { createKnownCertificates, type KnownCertificates, type PresentedCertificate } from './known-certificates.ts';
import { certificateOfSession } from './session-certificate.ts';

export interface PeerCertificates {
  /** The client's own; undefined where it sent none, or the handshake did not come that far. */
  of(stream: TLSSocket): PresentedCertificate | undefined;
  /**
   * What came after it, in the order of the client: nothing says that these belong to its certificate. Undefined where it
   * cannot be known: it did not verify, the session was resumed, or the client has no certificate.
   *
   * The first question takes it out of OpenSSL's hands, and that memory is lost: to be asked once for each connection, and
   * only where the answer is needed.
   */
  sentAfter(stream: TLSSocket): readonly X509Certificate[] | undefined;
}

/** The part of Node's own socket below a TLSSocket by which Node learns, and tells, who the peer is. */
interface Handle {
  getPeerX509Certificate?: () => unknown;
  verifyError?: () => unknown;
}

/**
 * A socket whose certificate is refused is destroyed before anybody is told of it, and with it the certificate; so it has
 * to be asked for on `secure`. The one event that shows a server's socket early enough is `keylog`, whose secrets are
 * wiped here as they come and go nowhere.
 *
 * `getPeerX509Certificate` takes whatever was sent after the client's certificate out of OpenSSL's hands and never frees
 * it: anybody could fill the memory, 100 KB with each handshake. So it is not asked, and Node, which asks for clients
 * that verify (nodejs/node#65579), gets its answer from here; the chain stays where it is until somebody needs it, and
 * the price is paid then.
 */
export function createPeerCertificates(server: Server): PeerCertificates {
  const known = createKnownCertificates();
  /** With undefined for those of whom nothing has been read. */
  const shown = new WeakMap<TLSSocket, PresentedCertificate | undefined>();
  let any: X509Certificate | undefined;
  function read(this: TLSSocket): void {
    const handle = handleOf(this);
    // What Node will go by when it says `authorized`.
    const verified = (handle?.verifyError?.() ?? null) === null;
    const certificate = verified ? readVerified(this, known) : readAny(this, known, false);
    if (certificate === undefined) return;
    shown.set(this, certificate);
    if (handle === undefined || !verified) return;
    handle.getPeerX509Certificate = thereIsOne;
    // What OpenSSL found wrong on its way to the end of the handshake would be taken for a fault of what it reads next.
    // With an answer about any certificate Node clears it, as with the answer that it gets from us instead.
    any ??= certificate instanceof MutualError ? undefined : certificate.x509;
    if (any === undefined) this.getPeerCertificate();
    else any.checkIssued(any);
  }
  server.on('keylog', (line, stream) => {
    line.fill(0);
    if (shown.has(stream)) return;
    shown.set(stream, undefined);
    stream.prependOnceListener('secure', read);
  });
  return {
    of: (stream) => shown.get(stream),
    sentAfter(stream) {
      if (!stream.authorized || stream.isSessionReused() || shown.get(stream) === undefined) return undefined;
      letNodeAsk(stream);
      return linkedTo(stream.getPeerX509Certificate());
    },
  };
}

/**
 * Of a client that verifies, out of the session, which costs a tenth of Node's `getPeerCertificate` and leaves nothing
 * behind either. A session holds secrets, and is wiped in the same turn.
 */
function readVerified(stream: TLSSocket, known: KnownCertificates): PresentedCertificate | undefined {
  const session = stream.getSession();
  try {
    const der = session && certificateOfSession(session);
    return der && known.read(der, true);
  } catch (error) {
    // Not the session that we know: a later OpenSSL may write it otherwise.
    if (!(error instanceof MutualError)) throw error;
    return readAny(stream, known, true);
  } finally {
    session?.fill(0);
  }
}

/** One that Node cannot read counts as none. */
function readAny(stream: TLSSocket, known: KnownCertificates, verified: boolean): PresentedCertificate | undefined {
  try {
    const { raw }: { readonly raw?: Buffer } = stream.getPeerCertificate();
    return raw && known.read(raw, verified);
  } catch {
    return undefined;
  }
}

/** Node's question in a handshake is whether there is a certificate; it makes no more of the answer. */
function thereIsOne(): unknown {
  return true;
}

/** The prototype's method again. */
function letNodeAsk(stream: TLSSocket): void {
  const handle = handleOf(stream);
  const prototype: Handle | undefined = handle && Object.getPrototypeOf(handle);
  if (handle !== undefined && prototype?.getPeerX509Certificate !== undefined) {
    handle.getPeerX509Certificate = prototype.getPeerX509Certificate;
  }
}

function handleOf(stream: TLSSocket): Handle | undefined {
  return (stream as TLSSocket & { readonly _handle?: Handle | null })._handle ?? undefined;
}

/** Node links what was sent one to the next, whether or not one has issued the other. */
function linkedTo(certificate: X509Certificate | undefined): X509Certificate[] {
  const sent: X509Certificate[] = [];
  for (let next = certificate?.issuerCertificate; next !== undefined; next = next.issuerCertificate) sent.push(next);
  return sent;
}
