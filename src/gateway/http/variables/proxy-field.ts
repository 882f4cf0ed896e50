// The fields that a PROXY header of version 2 may carry behind its addresses (ngx_proxy_protocol.c): those that have a
// name, and any by its number.

const types: Readonly<Record<string, number>> = { alpn: 1, authority: 2, unique_id: 5, ssl: 0x20, netns: 0x30 };
const ofTls: Readonly<Record<string, number>> = { version: 0x21, cn: 0x22, cipher: 0x23, sig_alg: 0x24, key_alg: 0x25 };
const tls = 0x20;
/** A byte of flags and the result of the verification stand before the fields of TLS. */
const tlsHeadBytes = 5;

/** @param name `alpn`, `0xea`, `ssl_cn`, `ssl_verify`; what is none of these is never found */
export function proxyField(name: string): (fields: Buffer | undefined) => string | undefined {
  if (!name.startsWith('ssl_')) {
    const type = typeOf(name, types);
    return (fields) => find(fields, type)?.toString('latin1');
  }
  const inner = name.slice('ssl_'.length);
  if (inner === 'verify') {
    return (fields) => {
      const head = find(fields, tls);
      return head === undefined || head.length < tlsHeadBytes ? undefined : String(head.readUInt32BE(1));
    };
  }
  const type = typeOf(inner, ofTls);
  return (fields) => find(find(fields, tls)?.subarray(tlsHeadBytes), type)?.toString('latin1');
}

function typeOf(name: string, known: Readonly<Record<string, number>>): number | undefined {
  return /^0x[0-9a-f]+$/.test(name) ? Number(name) : known[name];
}

function find(fields: Buffer | undefined, type: number | undefined): Buffer | undefined {
  if (fields === undefined || type === undefined) return undefined;
  for (let at = 0; at + 3 <= fields.length; ) {
    const end = at + 3 + fields.readUInt16BE(at + 1);
    if (end > fields.length) return undefined;
    if (fields[at] === type) return fields.subarray(at + 3, end);
    at = end;
  }
  return undefined;
}
