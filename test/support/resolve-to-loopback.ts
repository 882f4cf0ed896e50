// Preloaded into a process of a test: every name under .example, which RFC 2606 keeps free for this, leads to this machine.

import dns from 'node:dns';

const lookup = dns.lookup;

dns.lookup = ((host: string, ...rest: [never, never]) =>
  (lookup as (...all: unknown[]) => void)(host.endsWith('.example') ? '127.0.0.1' : host, ...rest)) as typeof lookup;
