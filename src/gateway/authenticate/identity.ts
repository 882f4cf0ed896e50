// The verified identity of a client. Only this stage makes one, so a function that asks for an `Identity`
// cannot be handed a certificate that nobody verified.

import type { X509Certificate } from 'node:crypto';
import type { Certificate } from '../../x509/certificate.ts';
import { linkChain } from './link-chain.ts';

const made: unique symbol = Symbol('identity');

/** A certificate that was presented, chains to the server's trust and was in date when it was judged. */
export interface Identity {
  readonly certificate: Certificate;
  /**
   * What the client sent with it, from its issuer upward; each has signed the one before. Empty: it was sent alone.
   * Undefined where it is not known what was sent.
   */
  readonly chain: readonly Certificate[] | undefined;
  readonly [made]: true;
}

/**
 * Called by `certificate.ts` of this folder alone, after every check has passed.
 *
 * @param askSent for what came after the certificate in the handshake, at most once; undefined: not known
 */
export function identityOf(
  certificate: Certificate,
  askSent: () => readonly X509Certificate[] | undefined = () => undefined,
): Identity {
  let asked = false;
  let chain: readonly Certificate[] | undefined;
  return {
    certificate,
    // Signatures are verified for it and memory is lost, and hardly anybody asks.
    get chain() {
      if (asked) return chain;
      asked = true;
      const sent = askSent();
      chain = sent === undefined ? undefined : linkChain(certificate, sent);
      return chain;
    },
    [made]: true,
  };
}
