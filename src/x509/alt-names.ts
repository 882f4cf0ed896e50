// The subject alternative names of a certificate (RFC 5280 section 4.2.1.6), from DER. Never from Node's
// text form: names with commas or quotes inside have forged entries there before.

import { constructed, type DerElement, type DerReader, derTags, parseDer, primitive } from './der.ts';
import { parseOid } from './der-values.ts';
import { printIpAddress } from './ip-address.ts';
import { type Name, parseNameElement } from './name.ts';

export interface AltNames {
  readonly dns: readonly string[];
  readonly email: readonly string[];
  readonly uri: readonly string[];
  /** IPv4 dotted, IPv6 as in RFC 5952. */
  readonly ip: readonly string[];
  readonly directoryName: readonly Name[];
  /** otherName: the type, and the DER element of the value. */
  readonly other: readonly { readonly oid: string; readonly der: Buffer }[];
  /**
   * How many names were dropped because no rule may ever match them: empty ones, those with control characters,
   * spaces or bytes beyond ASCII inside, and addresses of a wrong length.
   */
  readonly malformed: number;
}

/** A certificate without the extension. */
export const noAltNames: AltNames = {
  dns: [],
  email: [],
  uri: [],
  ip: [],
  directoryName: [],
  other: [],
  malformed: 0,
};

/**
 * Of the kinds that no rule knows (x400Address, ediPartyName, registeredID) nothing is kept.
 *
 * @param extension content of the extension (a DER GeneralNames)
 * @throws MutualError `certificate-invalid`
 */
export function parseAltNames(extension: Buffer): AltNames {
  return parseGeneralNames(parseDer(extension, derTags.sequence).children());
}

/** The GeneralName elements that follow in this reader. @throws MutualError `certificate-invalid` */
export function parseGeneralNames(names: DerReader): AltNames {
  const dns: string[] = [];
  const email: string[] = [];
  const uri: string[] = [];
  const ip: string[] = [];
  const directoryName: Name[] = [];
  const other: { oid: string; der: Buffer }[] = [];
  let malformed = 0;
  const keep = (list: string[], text: string | undefined): void => {
    if (text === undefined) malformed += 1;
    else list.push(text);
  };
  while (!names.atEnd) {
    const name = names.read();
    if (name.tag === constructed(0)) other.push(parseOtherName(name));
    else if (name.tag === primitive(1)) keep(email, visibleText(name));
    else if (name.tag === primitive(2)) keep(dns, visibleText(name));
    else if (name.tag === constructed(4)) directoryName.push(parseDirectoryName(name));
    else if (name.tag === primitive(6)) keep(uri, visibleText(name));
    else if (name.tag === primitive(7)) keep(ip, printIpAddress(name.content));
  }
  return { dns, email, uri, ip, directoryName, other, malformed };
}

/** A NUL, newline or space inside a name has fooled comparisons and split headers: CVE-2009-2408, CVE-2021-44532. */
function visibleText(name: DerElement): string | undefined {
  const text = name.content.toString('latin1');
  return /^[!-~]+$/.test(text) ? text : undefined;
}

function parseOtherName(name: DerElement): { oid: string; der: Buffer } {
  const parts = name.children();
  const oid = parseOid(parts.read(derTags.oid));
  const wrapper = parts.read(constructed(0)).children();
  parts.expectEnd();
  const value = wrapper.read();
  wrapper.expectEnd();
  return { oid, der: value.encoded };
}

/** Tagged EXPLICIT, because Name is a CHOICE. */
function parseDirectoryName(name: DerElement): Name {
  const wrapper = name.children();
  const inner = wrapper.read(derTags.sequence);
  wrapper.expectEnd();
  return parseNameElement(inner);
}
