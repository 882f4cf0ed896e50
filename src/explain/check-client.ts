// Would the TLS library, and what the gateway asks beyond it, take this certificate for a client's? Certificate, what is
// sent with it, and the trust of one server come in; every check in words, with advice, comes out. Pure.

import { type Check, verifyCertificate } from '../ca/verify-certificate.ts';
import type { ClientsConfig } from '../config/schema.ts';
import type { ServerCredentials } from '../credentials/server-credentials.ts';
import type { Trust } from '../gateway/authenticate/trust.ts';
import type { Standing } from '../gateway/client-status.ts';
import type { Certificate } from '../x509/certificate.ts';
import { findPath } from '../x509/certification-path.ts';
import { canonicalName } from '../x509/name.ts';
import { verifyErrorOf } from '../x509/verify-error.ts';
import { checkRevocation } from './check-revocation.ts';
import { checkStatus } from './check-status.ts';
import { checkStrength } from './check-strength.ts';
import type { Step } from './step.ts';

export interface ClientQuestion {
  /** The certificate, then what the client would send with it. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly clients: ClientsConfig;
  readonly credentials: Pick<ServerCredentials, 'anchors' | 'revocationLists'>;
  readonly trust: Trust;
  /** What a responder says, where one was asked. */
  readonly standing: Standing | undefined;
  readonly now: Date;
}

/** In the order in which they are told; the certificate counts if none failed. */
export function checkClient(question: ClientQuestion): Step[] {
  const { chain, clients, credentials, trust, standing, now } = question;
  const { anchors, revocationLists } = credentials;
  const [certificate, ...untrusted] = chain;
  const path = findPath(certificate, anchors, untrusted);
  const verified = verifyCertificate({ certificate, untrusted, anchors, crl: undefined, purpose: 'client', now });
  const step = (name: 'chain' | 'dates' | 'purpose'): Step => {
    const check = verified.find((one) => one.name === name) as Check & { readonly name: typeof name };
    if (check.outcome !== 'failed') return check;
    const text = name === 'chain' && isAlone(path) ? 'it is self-signed, and not one that is trusted here' : check.text;
    return { ...check, text, advice: adviceFor[name](question, path) };
  };
  const steps = [
    step('chain'),
    checkStrength(path),
    step('dates'),
    checkRevocation({ path, lists: revocationLists, clients, trust, now }),
    step('purpose'),
    ...checkStatus({ chain, trust, standing }),
  ];
  if (steps.some(({ outcome }) => outcome === 'failed')) return steps;
  // What the operator asks for beyond the TLS library, and anything in which it and this file should differ.
  const fault = trust.firstFault(certificate, () => untrusted, now.getTime());
  if (fault === undefined) return steps;
  const { text, advice } = verifyErrorOf(fault);
  return [...steps, { name: 'trust', outcome: 'failed', text, advice: advice.replace(/\.$/, '') }];
}

const adviceFor: Readonly<
  Record<'chain' | 'dates' | 'purpose', (question: ClientQuestion, path: readonly Certificate[]) => string>
> = {
  chain: ({ clients, credentials: { anchors } }, path) => {
    const top = path.at(-1) as Certificate;
    const files = clients.ca.join(', ');
    if (isAlone(path)) {
      return `have it issued by a CA in ${files}: a client that signs for itself is admitted only if its own certificate stands there`;
    }
    const trusted = anchors.map(({ subjectDn }) => `"${subjectDn}"`).join(', ');
    return `have it issued by a CA in ${files} (${trusted}), or add "${top.issuerDn}" there; where a CA between the two issued it, the client has to send that one's certificate, too`;
  },
  dates: ({ now }, path) => {
    const wrong = path.find(({ notBefore, notAfter }) => notBefore > now || notAfter <= now);
    if (wrong !== undefined && wrong.notBefore > now) return 'compare the clocks of the CA and of this machine';
    return wrong === path[0]
      ? 'renew it ("mutual ca renew NAME", or a new request to whoever issued it)'
      : 'the CA needs a new certificate; while it keeps its key and name, what it has issued goes on counting';
  },
  purpose: () =>
    'issue it anew for clients, with the extended key usage clientAuth ("mutual ca issue NAME --client", "mutual ca sign CSR")',
};

/** A certificate that names itself as its issuer. */
function isAlone([first, ...others]: readonly Certificate[]): boolean {
  return first !== undefined && others.length === 0 && canonicalName(first.subject) === canonicalName(first.issuer);
}
