// X-Mutual-Identity: who the client of one request is, signed by the gateway (RFC 7519, ES256). An exchange and its permit
// in, a token out, or nothing where there is no verified client. A service that verifies it need not trust its network.

import { sign } from 'node:crypto';
import type { SignedIdentityConfig } from '../../../config/schema.ts';
import type { SigningKeys } from '../../../credentials/signing-keys.ts';
import type { Certificate } from '../../../x509/certificate.ts';
import type { Permit } from '../../authorize/decision.ts';
import type { Exchange } from '../exchange.ts';

export const signedIdentityName = 'X-Mutual-Identity';

/** Undefined: there is nobody to tell of. */
export type IdentitySigner = (exchange: Exchange, permit: Permit) => string | undefined;

/** @param now Unix time in milliseconds */
export function createIdentitySigner(
  { issuer, audience, lifetimeMs }: SignedIdentityConfig,
  [{ kid, privateKey: key }]: SigningKeys,
  now: () => number,
): IdentitySigner {
  const header = encode({ alg: 'ES256', typ: 'JWT', kid });
  return (exchange, { server, route, authentication }) => {
    if (authentication.kind !== 'verified') return undefined;
    const issuedAt = Math.floor(now() / 1000);
    const claims = encode({
      iss: issuer,
      aud: audience?.length === 1 ? audience[0] : audience,
      iat: issuedAt,
      // A second is the least that a token can say.
      exp: issuedAt + Math.max(1, Math.ceil(lifetimeMs / 1000)),
      jti: exchange.id,
      ...claimsOf(authentication.identity.certificate),
      server: server.name,
      route: route.name,
      request_id: exchange.id,
    });
    const signed = `${header}.${claims}`;
    // JWS has the two numbers one after the other (RFC 7518 section 3.4), not in DER.
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
}

function claimsOf({ subjectDn, issuerDn, serialNumber, sha256, altNames }: Certificate): object {
  const { dns, email, uri, ip } = altNames;
  const names = Object.entries({ dns, email, uri, ip }).filter(([, values]) => values.length > 0);
  return {
    sub: subjectDn,
    issuer_dn: issuerDn,
    serial: serialNumber,
    ...(names.length === 0 ? {} : { san: Object.fromEntries(names) }),
    sha256,
    // The same for libraries that know it (RFC 8705 section 3.1).
    cnf: { 'x5t#S256': Buffer.from(sha256, 'hex').toString('base64url') },
  };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
