// The verified identity of a client. Only this stage makes one, so a function that asks for an `Identity`
// cannot be handed a certificate that nobody verified.

import type { Certificate } from '../../x509/certificate.ts';

const made: unique symbol = Symbol('identity');

/** A certificate that was presented, chains to the server's trust and was in date when it was judged. */
export interface Identity {
  readonly certificate: Certificate;
  readonly [made]: true;
}

/** Called by `certificate.ts` of this folder alone, after every check has passed. */
export function identityOf(certificate: Certificate): Identity {
  return { certificate, [made]: true };
}
