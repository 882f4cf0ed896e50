// What an operator should know about a credential that can be used all the same.

import type { Certificate } from '../x509/certificate.ts';

/** Days before the end of a certificate from which on it is spoken of. */
export const expiryWarningDays = 30;

const dayMs = 24 * 60 * 60 * 1000;

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
  // A certificate that lives for a day is not "near its end" from its first hour on.
  const lifetime = notAfter.getTime() - notBefore.getTime();
  const left = notAfter.getTime() - nowMs;
  if (left < Math.min(expiryWarningDays * dayMs, lifetime / 3)) {
    return `${what} expires on ${notAfter.toISOString()}, in ${Math.floor(left / dayMs)} days: renew it`;
  }
  return undefined;
}
