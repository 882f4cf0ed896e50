// The target of a request as it may be shown: the path, and of the query only the names. Values of a query are where
// tokens and passwords travel; who needs them has the access log.

import { clip } from './certificate-facts.ts';

const mostCharacters = 512;
const mostNames = 8;
const mostReasonCharacters = 1024;

export function shownPath(target: string): string {
  // `http://user:password@host/path` (RFC 9112 section 3.2.2): only the path of it is shown.
  const plain = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  const at = plain.search(/[?#]/);
  if (at === -1) return clip(plain, mostCharacters);
  const names = plain
    .slice(at + 1)
    .split(/[&;#]/)
    // Without a `=` it may itself be the secret.
    .map((pair) => (pair.includes('=') ? `${pair.slice(0, pair.indexOf('='))}=…` : '…'));
  const shown = names.length > mostNames ? [...names.slice(0, mostNames), '…'] : names;
  return clip(`${plain.slice(0, at)}?${shown.join('&')}`, mostCharacters);
}

/** A reason for the eyes of operators, in which a part of what the client sent may be quoted. */
export function shownReason(reason: string): string {
  const shown = reason
    .replaceAll(/([?&;][^=&;\s"]{1,100}=)[^&;\s"]+/g, '$1…')
    .replaceAll(/\?[^=&;\s"]+(?=")/g, '?…')
    .replaceAll(/\/\/[^\s"/@]+@/g, '//…@')
    .replaceAll(/"[^\s"/@:]*:[^\s"/@]*@/g, '"…@');
  return clip(shown, mostReasonCharacters);
}
