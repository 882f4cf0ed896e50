// What is worth a word about a client's file, though it decides nothing: the file and the time in, sentences out.

import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { keyMatches, parsePrivateKey } from '../x509/private-key.ts';

const dayMs = 24 * 60 * 60 * 1000;
const soonDays = 30;

/** @param content of the file that the certificates came from */
export function clientNotes(content: Buffer, chain: readonly [Certificate, ...Certificate[]], now: Date): string[] {
  const notes = [caNote(chain), keyNote(content, chain[0]), expiryNote(chain[0], now)];
  return notes.filter((note) => note !== undefined);
}

function caNote([first, ...others]: readonly [Certificate, ...Certificate[]]): string | undefined {
  if (!first.isCa) return undefined;
  const leaf = others.find(({ isCa }) => !isCa);
  return leaf === undefined
    ? 'this is the certificate of a CA; clients show one that a CA has issued to them'
    : `a client shows the first certificate of its file, and here that is a CA's: put "${leaf.subjectDn}" first`;
}

/** Of an encrypted key nothing is known without its password. */
function keyNote(content: Buffer, certificate: Certificate): string | undefined {
  if (!content.includes('PRIVATE KEY-----')) return undefined;
  try {
    const belongs = keyMatches(certificate, parsePrivateKey(content, 'the file'));
    return belongs
      ? undefined
      : 'the private key in the file does not belong to the certificate: no client can use the two';
  } catch (error) {
    if (error instanceof MutualError) return undefined;
    throw error;
  }
}

function expiryNote({ notAfter }: Certificate, now: Date): string | undefined {
  const days = Math.floor((notAfter.getTime() - now.getTime()) / dayMs);
  if (days < 0 || days >= soonDays) return undefined;
  return `the certificate ends ${days === 0 ? 'within a day' : days === 1 ? 'in 1 day' : `in ${days} days`}: renew it in time`;
}
