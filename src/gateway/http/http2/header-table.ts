// The tables of HPACK (RFC 7541 section 2.3): fields that are always there, then those of this connection.

export interface Field {
  readonly name: string;
  readonly value: string;
}

const fixed: readonly Field[] = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map((line) => {
    const [name = '', ...value] = line.split(' ');
    return { name, value: value.join(' ') };
  });

const fixedIndex = new Map<string, number>();
for (const [index, { name, value }] of fixed.entries()) {
  if (!fixedIndex.has(name)) fixedIndex.set(name, index + 1);
  if (value !== '') fixedIndex.set(`${name} ${value}`, index + 1);
}

/** Of a name that is always there, or of a name and value; 0 where there is none. */
export function fixedIndexOf(name: string, value?: string): number {
  return fixedIndex.get(value === undefined ? name : `${name} ${value}`) ?? 0;
}

/** What a field takes beyond its letters. */
const overheadBytes = 32;

export interface HeaderTable {
  /** Undefined where there is no such field. */
  at(index: number): Field | undefined;
  add(field: Field): void;
  /** False where this is more than was allowed. */
  resize(bytes: number): boolean;
}

export function createHeaderTable(mostBytes = 4096): HeaderTable {
  /** The newest first. */
  const fields: Field[] = [];
  let bytes = 0;
  let capacity = mostBytes;
  const sizeOf = ({ name, value }: Field): number => name.length + value.length + overheadBytes;
  function shrinkTo(limit: number): void {
    while (bytes > limit) bytes -= sizeOf(fields.pop() as Field);
  }
  return {
    at: (index) => (index <= fixed.length ? fixed[index - 1] : fields[index - fixed.length - 1]),
    add(field) {
      const size = sizeOf(field);
      shrinkTo(Math.max(0, capacity - size));
      if (size > capacity) return;
      fields.unshift(field);
      bytes += size;
    },
    resize(wanted) {
      if (wanted > mostBytes) return false;
      capacity = wanted;
      shrinkTo(capacity);
      return true;
    },
  };
}
