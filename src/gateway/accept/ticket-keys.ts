// The keys of session tickets, made of a secret that several processes or machines share: where what they go by is the
// same, their keys are, and a session of one is taken up by another. Where anything differs, so do the keys: a session
// never crosses to another server block, and none outlives a change of trust, in any process, without a word between them.

import { hash, hkdfSync } from 'node:crypto';

export interface TicketFacts {
  /** Name of the server block. */
  readonly server: string;
  /** Of the trust that a client was admitted under; empty: none is asked for a certificate. */
  readonly trust: string;
  /** How clients are asked, and refused. */
  readonly verify: string;
  readonly refuse: string;
  /** Of the certificate that is shown: SHA-256 in hexadecimal. */
  readonly certificate: string;
}

/** Name, HMAC key and AES key of 16 bytes each, in Node's order. */
const length = 48;

export function deriveTicketKeys(secret: Buffer, facts: TicketFacts): Buffer {
  const { server, trust, verify, refuse, certificate } = facts;
  // JSON, for no two lists of texts to be one text.
  const info = JSON.stringify(['mutual session tickets 1', server, trust, verify, refuse, certificate]);
  return Buffer.from(hkdfSync('sha256', secret, '', hash('sha256', info, 'buffer'), length));
}
