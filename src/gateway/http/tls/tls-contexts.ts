// The TLS of one server of the configuration, as one client needs it: its certificate may depend on variables, and its
// session on which of several ticket keys has sealed it. Each combination is a tls.Server of its own, made when needed.

import { statSync } from 'node:fs';
import type { HttpServerSettings } from '../../../config/http-schema.ts';
import { createPeerCertificates, type PeerCertificates } from '../../accept/peer-certificates.ts';
import type { Request } from '../request.ts';
import type { Value } from '../script/value.ts';
import { createTlsServer } from './create-tls-server.ts';
import { createHandshakes, type Handshakes } from './handshakes.ts';
import type { HelloFacts } from './hello-facts.ts';
import type { SessionZones } from './session-zones.ts';
import { readTicketKeys } from './ticket-keys.ts';

export interface TlsContext {
  readonly handshakes: Handshakes;
  /** Undefined where no certificate is asked for. */
  readonly peers: PeerCertificates | undefined;
  /** Clients, by the hash of their certificate, whose chain was too long: a session does not tell. */
  readonly tooLong: Set<string>;
}

export interface TlsContexts {
  /** @param request for variables @throws MutualError where a certificate cannot be used */
  select(hello: HelloFacts, request: () => Request): TlsContext;
}

export interface TlsContextsOptions {
  readonly http2: boolean;
  /** Of the server, for its sessions. */
  readonly name: string;
  /** Makes names of files absolute. */
  readonly configured: (file: string) => string;
  readonly compile: (text: string) => Value<Request>;
  readonly zones: SessionZones;
  readonly monotonic: () => number;
}

const mostContexts = 100;

/** @throws MutualError where a file whose name is fixed cannot be used */
export function createTlsContexts(own: HttpServerSettings, options: TlsContextsOptions): TlsContexts {
  const { http2, name, configured, compile, zones, monotonic } = options;
  const made = new Map<string, TlsContext>();
  const files = [own.sslCertificates ?? [], own.sslCertificateKeys ?? []].map((texts) => texts.map(compile));
  const isFixed = files.flat().every(({ constant }) => constant !== undefined);
  const cache = own.sslSessionCache ?? 'none';
  const zoneName = /shared:([^:\s]+)/.exec(cache)?.[1];
  const zone = zoneName === undefined ? undefined : zones.zone(zoneName);
  const isCached = zone !== undefined || cache.includes('builtin');
  const fixedKeys = readTicketKeys(own, configured);
  const timeoutMs = own.sslSessionTimeout ?? 300_000;

  function contextOf(
    certificates: readonly string[],
    keys: readonly string[],
    ticketKey: Buffer | undefined,
    tickets: boolean,
  ) {
    const stamp = isFixed ? '' : [...certificates, ...keys].map((file) => stampOf(file, configured)).join();
    const id = [stamp, ...certificates, ...keys, ticketKey?.toString('hex') ?? '', tickets].join('\0');
    const known = made.get(id);
    if (known !== undefined) return known;
    if (made.size >= mostContexts) made.delete(made.keys().next().value as string);
    const tls = createTlsServer(
      {
        ...own,
        sslCertificates: [...certificates],
        sslCertificateKeys: [...keys],
        sslSessionTickets: tickets,
      },
      { http2, name, configured, ticketKey, sessions: zone?.sessions },
    );
    const asks = (own.sslVerifyClient ?? 'off') !== 'off';
    const context: TlsContext = {
      handshakes: createHandshakes(tls),
      peers: asks ? createPeerCertificates(tls) : undefined,
      tooLong: zones.tooLong,
    };
    made.set(id, context);
    return context;
  }
  function select(hello: HelloFacts, request: () => Request): TlsContext {
    const [certificates = [], keys = []] = isFixed
      ? files.map((values) => values.map(({ constant = '' }) => constant))
      : files.map((values) => values.map((value) => value.of(request())));
    // Node keeps no sessions of TLS 1.3 for a client to name: it gets a ticket in place of a number in the cache.
    const tickets = (own.sslSessionTickets ?? true) || (isCached && hello.offersTls13);
    const ticketKeys = fixedKeys ?? (tickets ? zone?.ticketKeys(monotonic(), timeoutMs) : undefined) ?? [];
    // A ticket begins with the name of the key that has sealed it.
    const sealing = ticketKeys.find((key) =>
      hello.tickets.some((ticket) => ticket.subarray(0, 16).equals(key.subarray(0, 16))),
    );
    return contextOf(certificates, keys, sealing ?? ticketKeys[0], tickets);
  }
  if (isFixed)
    select(
      { ciphers: [], groups: [], keyShares: [], offersTls13: true, tickets: [], serverName: undefined },
      noRequest,
    );
  return { select };
}

function noRequest(): never {
  throw new Error('no request is needed where names are fixed');
}

/** Changes where a file has changed. */
function stampOf(file: string, configured: (file: string) => string): string {
  if (file.startsWith('data:')) return '';
  try {
    const { mtimeMs, size, ino } = statSync(configured(file));
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return 'missing';
  }
}
