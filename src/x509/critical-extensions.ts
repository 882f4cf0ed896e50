// Which extensions of a list are critical: whoever does not understand one of them must not use what carries it
// (RFC 5280 section 4.2).

import { type DerElement, derTags } from './der.ts';
import { parseBoolean, parseOid } from './der-values.ts';

/**
 * The dotted OIDs of the critical extensions that are not among those understood.
 *
 * @param list the SEQUENCE OF Extension
 * @throws MutualError `certificate-invalid`
 */
export function unknownCriticalExtensions(list: DerElement, understood: ReadonlySet<string>): string[] {
  const unknown: string[] = [];
  const extensions = list.children();
  while (!extensions.atEnd) {
    const extension = extensions.read(derTags.sequence).children();
    const oid = parseOid(extension.read(derTags.oid));
    const critical = extension.readOptional(derTags.boolean);
    if (critical !== undefined && parseBoolean(critical) && !understood.has(oid)) unknown.push(oid);
  }
  return unknown;
}
