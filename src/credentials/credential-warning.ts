// What an operator should know about a credential that can be used all the same.

import type { Certificate } from '../x509/certificate.ts';
import type { Crl } from '../x509/crl.ts';

/** Days before the end of a certificate from which on it is spoken of. */
export const expiryWarningDays = 30;

const dayMs = 24 * 60 * 60 * 1000;

/** Unix milliseconds from which on the end of a certificate is near. */
export function endIsNearFromMs({ notBefore, notAfter }: Pick<Certificate, 'notBefore' | 'notAfter'>): number {
  // A certificate that lives for a day is not "near its end" from its first hour on.
  const lifetime = notAfter.getTime() - notBefore.getTime();
  return notAfter.getTime() - Math.min(expiryWarningDays * dayMs, lifetime / 3);
}

/** The same of a revocation list; undefined for one without an end. */
export function listEndIsNearFromMs({
  thisUpdate,
  nextUpdate,
}: Pick<Crl, 'thisUpdate' | 'nextUpdate'>): number | undefined {
  if (nextUpdate === undefined) return undefined;
  // A list that is written every hour is not near its end from its first minute on.
  return nextUpdate.getTime() - Math.min(dayMs, (nextUpdate.getTime() - thisUpdate.getTime()) / 5);
}

/** A sentence where the certificate is out of date or soon will be; undefined where all is well. */
export function expiryWarning(
  role: string,
  file: string,
  certificate: Pick<Certificate, 'subjectDn' | 'notBefore' | 'notAfter'>,
  nowMs: number,
): string | undefined {
  const { notBefore, notAfter } = certificate;
  const what = `${role} ${file} (${certificate.subjectDn})`;
  if (nowMs > notAfter.getTime()) return `${what} expired on ${notAfter.toISOString()}: renew it`;
  if (nowMs < notBefore.getTime()) {
    return `${what} is not valid before ${notBefore.toISOString()}: check the clocks of both machines`;
  }
  const left = notAfter.getTime() - nowMs;
  if (nowMs > endIsNearFromMs(certificate)) {
    return `${what} expires on ${notAfter.toISOString()}, in ${Math.floor(left / dayMs)} days: renew it`;
  }
  return undefined;
}
