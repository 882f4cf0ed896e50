// Asks the responder that the gateway would ask about a client. The only part of explain that connects to anybody, and
// only when it is told to.

import { createClientStatus, type Standing } from '../gateway/client-status.ts';
import type { AdmissionQuestion } from './explain-admission.ts';
import { choosePlace } from './place.ts';

const silent = { info() {}, warn() {} };

/** @returns undefined where the gateway would ask nobody */
export async function askStanding(question: Omit<AdmissionQuestion, 'standing'>): Promise<Standing | undefined> {
  const { generation, chain, now } = question;
  const [certificate, ...untrusted] = chain;
  const { handshake } = choosePlace(generation, question);
  const trust = generation.trusts.get(handshake?.name ?? '');
  if (trust?.ocsp === undefined) return undefined;
  const status = createClientStatus({ now: () => now.getTime(), log: silent });
  try {
    return await status.ask({ trust, certificate, untrusted: () => untrusted });
  } finally {
    status.close();
  }
}
