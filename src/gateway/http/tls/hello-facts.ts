// What a ClientHello offers, for variables and for the choice among contexts (RFC 8446 §4.1.2). Bytes from the first of
// the connection in; what cannot be read is left out, for the TLS library judges the hello, not this.

export interface HelloFacts {
  /** As it was written, in whatever case. */
  readonly serverName: string | undefined;
  readonly ciphers: readonly number[];
  /** Groups in the client's order, and those that it has sent a key for. */
  readonly groups: readonly number[];
  readonly keyShares: readonly number[];
  /** TLS 1.3 is among its versions. */
  readonly offersTls13: boolean;
  /** Sessions that it wants to resume: tickets of TLS 1.2, identities of TLS 1.3. */
  readonly tickets: readonly Buffer[];
}

export const noHello: HelloFacts = {
  serverName: undefined,
  ciphers: [],
  groups: [],
  keyShares: [],
  offersTls13: false,
  tickets: [],
};

const tls13 = 0x0304;

export function readHelloFacts(bytes: Buffer): HelloFacts {
  try {
    return factsOf(helloOf(bytes));
  } catch (error) {
    if (error instanceof RangeError) return noHello;
    throw error;
  }
}

/** The message without its header, out of its records. */
function helloOf(bytes: Buffer): Buffer {
  const fragments: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length && bytes[at] === 22; ) {
    const length = bytes.readUInt16BE(at + 3);
    fragments.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  const message = Buffer.concat(fragments);
  return message.subarray(4, 4 + message.readUIntBE(1, 3));
}

function factsOf(hello: Buffer): HelloFacts {
  const facts = { ...noHello } as { -readonly [key in keyof HelloFacts]: HelloFacts[key] };
  const [, afterSession] = vector(hello, 34, 1);
  const [ciphers, afterCiphers] = vector(hello, afterSession, 2);
  facts.ciphers = numbers(ciphers);
  const [, afterCompression] = vector(hello, afterCiphers, 1);
  if (afterCompression >= hello.length) return facts;
  const [extensions] = vector(hello, afterCompression, 2);
  for (let at = 0; at < extensions.length; ) {
    const type = extensions.readUInt16BE(at);
    const [data, next] = vector(extensions, at + 2, 2);
    at = next;
    takeExtension(facts, type, data);
  }
  return facts;
}

function takeExtension(
  facts: { -readonly [key in keyof HelloFacts]: HelloFacts[key] },
  type: number,
  data: Buffer,
): void {
  switch (type) {
    case 0: {
      const [names] = vector(data, 0, 2);
      const [name] = vector(names, 1, 2);
      if (names[0] === 0) facts.serverName = name.toString('latin1');
      return;
    }
    case 10:
      facts.groups = numbers(vector(data, 0, 2)[0]);
      return;
    case 35:
      if (data.length > 0) facts.tickets = [...facts.tickets, data];
      return;
    case 41: {
      const [identities] = vector(data, 0, 2);
      for (let at = 0; at < identities.length; ) {
        const [identity, next] = vector(identities, at, 2);
        facts.tickets = [...facts.tickets, identity];
        at = next + 4;
      }
      return;
    }
    case 43:
      facts.offersTls13 = numbers(vector(data, 0, 1)[0]).includes(tls13);
      return;
    case 51: {
      const [shares] = vector(data, 0, 2);
      for (let at = 0; at < shares.length; ) {
        facts.keyShares = [...facts.keyShares, shares.readUInt16BE(at)];
        [, at] = vector(shares, at + 2, 2);
      }
    }
  }
}

/** A vector and what is behind it. @throws RangeError where it is cut */
function vector(bytes: Buffer, at: number, lengthSize: 1 | 2): [content: Buffer, end: number] {
  const start = at + lengthSize;
  const end = start + bytes.readUIntBE(at, lengthSize);
  if (end > bytes.length) throw new RangeError('cut');
  return [bytes.subarray(start, end), end];
}

function numbers(bytes: Buffer): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readUInt16BE(2 * index));
}
