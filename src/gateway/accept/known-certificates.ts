// The certificates of clients that came before, parsed: to parse one anew costs more than anything else that we do in a
// handshake, and each connection would keep its own. What is known says nothing of whether it is trusted now.

import { MutualError } from '../../errors.ts';
import { type Certificate, parsePeerCertificate } from '../../x509/certificate.ts';

/** What a client has shown; an error where our strict reader refuses what the TLS library has read. */
export type PresentedCertificate = Certificate | MutualError;

export interface KnownCertificates {
  /**
   * @param der the caller's to overwrite
   * @param verified whether it is worth remembering: nobody but a CA of ours can crowd out others
   */
  read(der: Buffer, verified: boolean): PresentedCertificate;
}

/** Clients that are remembered; those seen last. */
const mostKnown = 1000;
/** Larger ones are rare, and would take the room of many. */
const mostBytes = 8192;

export function createKnownCertificates(): KnownCertificates {
  /** By the whole DER, so that no two can be taken for one; the one seen last stands last. */
  const known = new Map<string, PresentedCertificate>();

  function remember(key: string, certificate: PresentedCertificate): void {
    known.set(key, certificate);
    if (known.size <= mostKnown) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      return;
    }
  }

  return {
    read(der, verified) {
      if (der.length > mostBytes) return parse(der);
      const key = der.toString('latin1');
      const before = known.get(key);
      if (before !== undefined) known.delete(key);
      const certificate = before ?? parse(der);
      if (before !== undefined || verified) remember(key, certificate);
      return certificate;
    },
  };
}

/** Anybody can send anything: what we refuse to read must end that connection and nothing else. */
function parse(der: Buffer): PresentedCertificate {
  // Not from the pool: there it would keep eight times its size.
  const own = Buffer.allocUnsafeSlow(der.length);
  der.copy(own);
  try {
    return parsePeerCertificate(own);
  } catch (error) {
    if (error instanceof MutualError) return error;
    throw error;
  }
}
