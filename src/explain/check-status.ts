// What would a responder say of a certificate? Its answer, where one was asked; else that none was, and which one would be.

import { responderUrls } from '../credentials/ocsp-responder-url.ts';
import type { Trust } from '../gateway/authenticate/trust.ts';
import type { Standing } from '../gateway/client-status.ts';
import type { Certificate } from '../x509/certificate.ts';
import { verifyErrorOf } from '../x509/verify-error.ts';
import type { Step } from './step.ts';

export interface StatusQuestion {
  readonly chain: readonly [Certificate, ...Certificate[]];
  readonly trust: Trust;
  readonly standing: Standing | undefined;
}

/** No step where the server asks no responder. */
export function checkStatus({ chain: [certificate], trust: { ocsp }, standing }: StatusQuestion): Step[] {
  if (ocsp === undefined) return [];
  if (standing !== undefined) {
    const { fault, reason } = standing;
    if (fault === undefined) return [{ name: 'ocsp', outcome: 'ok', text: reason }];
    const { advice } = verifyErrorOf(fault);
    return [{ name: 'ocsp', outcome: 'failed', text: reason, advice: advice.replace(/\.$/, '') }];
  }
  const responders = ocsp.responder === undefined ? responderUrls(certificate).map(String) : [ocsp.responder];
  if (responders.length > 0) {
    const text = `the gateway would ask ${responders.join(', then ')}; it was not asked (--ask-ocsp asks)`;
    return [{ name: 'ocsp', outcome: 'skipped', text }];
  }
  const text = 'it names no OCSP responder over http, so nobody can be asked about it';
  if (ocsp.fail === 'soft') return [{ name: 'ocsp', outcome: 'skipped', text: `${text} (fail: soft)` }];
  const advice =
    'issue it anew with a responder in it (authorityInfoAccess), or name one in the configuration (ocsp: { responder: … })';
  return [{ name: 'ocsp', outcome: 'failed', text, advice }];
}
