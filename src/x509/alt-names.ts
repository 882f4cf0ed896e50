// The subject alternative names of a certificate (RFC 5280 section 4.2.1.6), from DER. Never from Node's
// text form: names with commas or quotes inside have forged entries there before.

import { MutualError } from '../errors.ts';
import type { Name } from './name.ts';

export interface AltNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  /** IPv4 dotted, IPv6 as in RFC 5952. */
  readonly ip: readonly string[];
  readonly directoryName: readonly Name[];
  /** otherName: the type, and the DER element of the value. */
  readonly other: readonly { readonly oid: string; readonly der: Buffer }[];
  /** How many names were dropped because no rule may ever match them: empty, or not printable ASCII, or an address of a wrong length. */
  readonly malformed: number;
}

/**
 * @param extension content of the extension (a DER GeneralNames)
 * @throws MutualError `certificate-invalid`
 */
export function parseAltNames(_extension: Buffer): AltNames {
  throw new MutualError('internal', 'not written yet');
}
