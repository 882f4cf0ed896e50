// What OpenSSL found wrong with the certificate of the other side: its number and its words, as nginx prints them.

import type { TLSSocket } from 'node:tls';
import { verifyErrors } from '../../../x509/verify-error.ts';
import { verifyCodeOf } from '../../accept/tls-facts.ts';

export function verifyErrorOf(socket: TLSSocket): { readonly code: number; readonly text: string } | undefined {
  const code = verifyCodeOf(socket);
  if (code === undefined) return undefined;
  const known = Object.entries(verifyErrors).find(([name]) => name === code)?.[1] ?? verifyErrors.UNSPECIFIED;
  return { code: known.code, text: known.text };
}
