// One header line as nginx reads it (ngx_http_parse.c, ngx_http_parse_header_line). A name with other characters than
// letters, digits and `-` is invalid, which the caller may forgive; spaces and control characters are never forgiven.

export interface HeaderField {
  /** As it came. */
  readonly name: string;
  readonly lowerName: string;
  readonly value: string;
}

export type HeaderLine = (HeaderField & { readonly invalid: boolean }) | 'malformed';

const valid = /^[A-Za-z0-9-]+$/;
const validWithUnderscores = /^[A-Za-z0-9_-]+$/;

/** @param line without its end */
export function parseHeaderLine(line: string, underscores: boolean): HeaderLine {
  const colon = line.indexOf(':');
  const name = colon === -1 ? line : line.slice(0, colon);
  if (name === '' || /[\0-\x20\x7f]/.test(name)) return 'malformed';
  const value = colon === -1 ? '' : trimSpaces(line, colon + 1);
  if (/[\0\r]/.test(value)) return 'malformed';
  const invalid = !(underscores ? validWithUnderscores : valid).test(name);
  return { name, lowerName: name.toLowerCase(), value, invalid };
}

function trimSpaces(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && line.charCodeAt(start) === 0x20) start += 1;
  while (end > start && line.charCodeAt(end - 1) === 0x20) end -= 1;
  return line.slice(start, end);
}
