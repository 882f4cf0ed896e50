// Where an OCSP responder may be: text of a configuration or certificate in, URLs that are asked out. Plain HTTP only, for
// answers are signed; a responder behind TLS would have a certificate of its own whose status had to be asked.

import { MutualError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';

/** Of one certificate; more are not asked. */
const maxResponders = 3;

/** The responders that a certificate names, in its order, without those that are not asked. */
export function responderUrls({ ocspUrls }: Pick<Certificate, 'ocspUrls'>): URL[] {
  return ocspUrls.flatMap((text) => parseResponderUrl(text) ?? []).slice(0, maxResponders);
}

/** @throws MutualError `config-invalid` */
export function requireResponderUrl(text: string): URL {
  const url = parseResponderUrl(text);
  if (url !== undefined) return url;
  const shown = JSON.stringify(text);
  throw new MutualError('config-invalid', `the OCSP responder ${shown} is not a URL that starts with http://`);
}

function parseResponderUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && url.username === '' && url.password === '' ? url : undefined;
}
