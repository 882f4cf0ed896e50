// What OCSP responders say of clients: a certificate and the trust it counts under in, a fault or none out; from memory
// where an answer still counts, else by asking. Nobody but the client that is asked about waits for it.

import type { OcspConfig } from '../config/schema.ts';
import { createOcspClient, type OcspClient, type OcspLog } from '../credentials/ocsp-client.ts';
import type { Certificate } from '../x509/certificate.ts';
import { decideOcsp, type OcspVerdict } from '../x509/ocsp-verdict.ts';
import type { Trust, VerifyFault } from './authenticate/trust.ts';

export interface Standing {
  readonly fault: VerifyFault;
  /** Who said what, or why nobody did, as a sentence. */
  readonly reason: string;
}

/** Whose standing: `untrusted` as for `Trust.judge`. */
export interface StandingQuestion {
  readonly trust: Trust;
  readonly certificate: Certificate;
  readonly untrusted: () => readonly Certificate[];
}

export interface ClientStatus {
  /** By the answer at hand; undefined: somebody has to be asked. Nobody is, where the trust does not want it. */
  known(question: StandingQuestion): Standing | undefined;
  /** Never rejects; done within the timeout of the configuration. */
  ask(question: StandingQuestion): Promise<Standing>;
  close(): void;
}

const fine: Standing = { fault: undefined, reason: 'no responder is asked' };

export function createClientStatus({ now, log }: { readonly now: () => number; readonly log: OcspLog }): ClientStatus {
  // Answers outlive a reload: they are about certificates, and signed.
  const clients = new Map<string, OcspClient>();
  let closed = false;

  function clientOf({ responder, timeoutMs }: OcspConfig): OcspClient {
    const key = `${timeoutMs} ${responder ?? ''}`;
    let client = clients.get(key);
    if (client === undefined) {
      client = createOcspClient({ now, log, responder, timeoutMs });
      if (closed) client.close();
      clients.set(key, client);
    }
    return client;
  }

  /** What needs no question, whatever is at hand. */
  function without({ trust, certificate, untrusted }: StandingQuestion): Standing | Certificate {
    if (trust.ocsp === undefined) return fine;
    const issuer = trust.issuerOf(certificate, untrusted);
    // Nobody revokes an anchor: it is trusted because the operator says so.
    if (issuer === certificate) return fine;
    if (issuer !== undefined) return issuer;
    const reason = `nobody can be asked about it: its issuer "${certificate.issuerDn}" is not known here`;
    return { fault: decideOcsp({ kind: 'unavailable' }, trust.ocsp.fail), reason };
  }

  return {
    known(question) {
      const issuer = without(question);
      if ('fault' in issuer) return issuer;
      const { ocsp } = question.trust;
      const verdict = ocsp && clientOf(ocsp).cached(question.certificate, issuer);
      return verdict && standingOf(verdict, ocsp);
    },
    async ask(question) {
      const issuer = without(question);
      const { ocsp } = question.trust;
      if ('fault' in issuer || ocsp === undefined) return 'fault' in issuer ? issuer : fine;
      return standingOf(await clientOf(ocsp).check(question.certificate, issuer), ocsp);
    },
    close() {
      closed = true;
      for (const client of clients.values()) client.close();
    },
  };
}

function standingOf(verdict: OcspVerdict, { fail }: OcspConfig): Standing {
  return { fault: decideOcsp(verdict, fail), reason: verdict.reason };
}
