// What kinds of certificates this CA makes, as values: for which purpose, with which key usages, for how long. The
// only place that says so; nothing here signs or writes.

import type { KeyObject } from 'node:crypto';
import { type Purpose, purposeOids } from '../x509/certification-path.ts';

/** What a certificate is for: a `client` proves who calls, a `server` proves what is called. */
export type Profile = Purpose;

export interface ProfilePlan {
  /** The one extendedKeyUsage, a dotted OID: a client's certificate must not serve, nor the other way round. */
  readonly extendedKeyUsage: string;
  readonly keyUsage: readonly ('digitalSignature' | 'keyEncipherment')[];
}

/** Days that certificates and lists live when nobody says otherwise. */
export const defaultDays = { root: 3650, client: 397, server: 397, crl: 30 } as const;

/** A certificate is valid a little before it is made: clocks differ. */
export const backdateMs = 5 * 60 * 1000;

export const dayMs = 24 * 60 * 60 * 1000;

/** The key usages of a profile (RFC 5280 section 4.2.1.3). */
export function profileKeyUsage(profile: Profile, isRsa: boolean): ProfilePlan['keyUsage'] {
  // RSA key transport, the one use of keyEncipherment, exists only toward a server's RSA key, up to TLS 1.2.
  return profile === 'server' && isRsa ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];
}

/** The plan of a profile for a key of this kind. */
export function planProfile(profile: Profile, publicKey: KeyObject): ProfilePlan {
  const keyUsage = profileKeyUsage(profile, publicKey.asymmetricKeyType === 'rsa');
  return { extendedKeyUsage: purposeOids[profile], keyUsage };
}

/** From when to when a new certificate is valid, and whether its issuer's end cut it short. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly clamped: boolean;
}

/**
 * Plans a validity of `days` from `now`. A certificate never outlives its issuer: verifiers would refuse it then with
 * a reason that names the wrong certificate.
 */
export function planValidity(days: number, now: Date, issuer?: { notBefore: Date; notAfter: Date }): Validity {
  const from = now.getTime() - backdateMs;
  const until = now.getTime() + days * dayMs;
  const clamped = issuer !== undefined && until > issuer.notAfter.getTime();
  return {
    notBefore: wholeSeconds(issuer === undefined ? from : Math.max(from, issuer.notBefore.getTime())),
    notAfter: wholeSeconds(clamped ? issuer.notAfter.getTime() : until),
    clamped,
  };
}

/** The days until a time, a begun one counting whole; negative once the time is days past. */
export function daysUntil(time: Date, now: Date): number {
  return Math.ceil((time.getTime() - now.getTime()) / dayMs);
}

/** X.509 knows no fractions of a second (RFC 5280 section 4.1.2.5). */
function wholeSeconds(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000);
}
