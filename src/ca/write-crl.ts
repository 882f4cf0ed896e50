// Makes the CA's revocation list anew from its index: `ca.crl`, in one step, with the next number.
import { MutualError } from '../errors.ts';
import type { Crl } from '../x509/crl.ts';
import { printPem } from '../x509/pem.ts';
import type { CaContext } from './certify.ts';
import { dayMs, defaultDays } from './profiles.ts';
import { signCrl } from './sign-crl.ts';

/**
 * Writes the list.
 *
 * @param days until the next one is due. A verifier that has only an older list refuses everybody from then on.
 */
export async function writeCrl(context: CaContext, days: number = defaultDays.crl): Promise<Crl> {
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new MutualError('usage', `a revocation list lives a whole number of days from 1 to 3650, not ${days}`);
  }
  const { directory, now, authority } = context;
  const signer = await context.loadSigner();
  const { keyUsage } = authority.certificate;
  if (keyUsage.length > 0 && !keyUsage.includes('cRLSign')) {
    context.onNotice("the CA's keyUsage lacks cRLSign: verifiers will refuse its revocation lists");
  }
  const end = Math.min(now.getTime() + days * dayMs, authority.certificate.notAfter.getTime());
  const revocations = (await directory.readIndex()).flatMap(({ serial, revocation }) => {
    return revocation === undefined ? [] : [{ serial, revokedAt: revocation.at, reason: revocation.reason }];
  });
  const crl = await signCrl(signer, {
    number: await directory.takeCrlNumber(),
    thisUpdate: now,
    nextUpdate: new Date(end),
    // openssl lets a serial number stand in its index twice; a list has room for one.
    revocations: [...new Map(revocations.map((revocation) => [revocation.serial, revocation])).values()],
  });
  await directory.writeCrl(printPem('X509 CRL', crl.der));
  return crl;
}

/** How a list stands: it lapses at `nextUpdate`, and warns when less than a fifth of its life is left. */
export function faultOfCrlAge(crl: Pick<Crl, 'thisUpdate' | 'nextUpdate'>, now: Date): string | undefined {
  if (crl.nextUpdate === undefined) return undefined;
  const until = crl.nextUpdate.toISOString().slice(0, 10);
  const left = crl.nextUpdate.getTime() - now.getTime();
  if (left <= 0)
    return `the revocation list lapsed on ${until}: every client is refused until "mutual ca crl" renews it`;
  const life = crl.nextUpdate.getTime() - crl.thisUpdate.getTime();
  return left < life / 5 ? `the revocation list lapses on ${until}: renew it with "mutual ca crl"` : undefined;
}
