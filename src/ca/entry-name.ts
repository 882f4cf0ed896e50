// The NAME of a certificate in the CA's directory: what may become a file name. Text in, checked text out. Nothing
// that reaches a path has another way in, so that no name can leave the directory or hide another file.
import { MutualError } from '../errors.ts';

/** X.520 `ub-common-name`: a longer name would not fit the CN that it also becomes. */
const longestName = 64;
/** `ca.crt` and `ca.crl` are the authority's own; the rest are devices on Windows, where a checkout may land. */
const reserved = /^(ca|con|prn|aux|nul|(com|lpt)\d)$/i;

/**
 * Checks a name such as `client-a`, `service1.company-b.example` or `anna@company-a.example`.
 *
 * @throws MutualError `usage` for slashes, leading dots or dashes, control characters, the name `ca`, and the like.
 */
export function parseEntryName(text: string): string {
  const fault = faultOf(text);
  if (fault !== undefined) throw new MutualError('usage', `the name ${JSON.stringify(text)} cannot be used: ${fault}`);
  return text;
}

/** Whether a text could be the name of a certificate here. */
export function isEntryName(text: string): boolean {
  return faultOf(text) === undefined;
}

/** The file name that fits a common name best, or undefined when none does: `*.a.example` becomes `_.a.example`. */
export function entryNameFor(commonName: string): string | undefined {
  const name = commonName.trim().replace(/^\*\./, '_.').replaceAll(/\s+/g, '-');
  return faultOf(name) === undefined ? name : undefined;
}

function faultOf(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (/[/\\]/.test(name)) return 'it contains a slash, and becomes a file name';
  if (name.startsWith('.') || name.startsWith('-')) return `it starts with "${name[0]}"`;
  if ([...name].length > longestName) return `it is longer than ${longestName} characters`;
  if (!/^[\p{L}\p{N}\p{M}._@+ -]+$/u.test(name)) return 'use letters, digits and . _ - @ +';
  if (name !== name.trim()) return 'it starts or ends with a space';
  if (name.endsWith('.')) return 'it ends with a dot';
  return reserved.test(name) ? 'it is reserved' : undefined;
}
