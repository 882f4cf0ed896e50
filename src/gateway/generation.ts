// Everything that is built from one configuration, whole: policy, TLS servers, upstreams, header plans. A reload builds
// a second one and swaps it in; a fault anywhere leaves the first untouched.

import { BlockList, isIP } from 'node:net';
import { needsClientChain } from '../config/needs-client-chain.ts';
import type { Config, ListenConfig, ServerConfig } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import type { ServerCredentials } from '../credentials/server-credentials.ts';
import { MutualError, messageOf } from '../errors.ts';
import type { ListenerPolicy, TlsEndpoint } from './accept/listener.ts';
import { createPeerCertificates } from './accept/peer-certificates.ts';
import { deriveTicketKeys } from './accept/ticket-keys.ts';
import { createTlsServer } from './accept/tls-server.ts';
import { compilePolicy, type Policy } from './authorize/policy.ts';
import { createServerTable } from './authorize/server-table.ts';
import { createRequestHeaderPlanner, type RequestHeaderPlanner } from './forward/headers/request-headers.ts';
import { createIdentitySigner } from './forward/headers/signed-identity.ts';
import type { Upstreams } from './forward/upstream/upstreams.ts';
import { createTrusts, type Trusts } from './trusts.ts';

export interface Generation {
  readonly config: Config;
  /** When it was read: Unix time in milliseconds. */
  readonly loadedAtMs: number;
  readonly credentials: Credentials;
  readonly policy: Policy;
  readonly trusts: Trusts;
  readonly upstreams: Upstreams;
  readonly headerPlanner: RequestHeaderPlanner;
  /** The listening addresses, each once. */
  readonly listeners: readonly ListenConfig[];
  /** Undefined for an address that this configuration does not have. */
  listenerPolicy(listener: string): ListenerPolicy | undefined;
}

export interface GenerationDependencies {
  readonly now: () => number;
  /** The generation before, of which is kept what has not changed. */
  readonly previous: Generation | undefined;
  /** What keys of session tickets are made of where no file says so. Absent: they are random. */
  readonly ticketSecret?: Buffer | undefined;
  /** Makes the upstreams; those that have not changed may be taken over from the generation before. */
  readonly upstreams: (config: Config, credentials: Credentials) => Upstreams;
}

/** @throws MutualError where the TLS library refuses what was read */
export function createGeneration(
  config: Config,
  credentials: Credentials,
  { now, previous, upstreams, ticketSecret }: GenerationDependencies,
): Generation {
  const isTrusted = addressMatcher(config.trustedProxies);
  const trusts = createTrusts(config, credentials, previous?.trusts);
  const policies = new Map<string, ListenerPolicy>();
  const listeners = new Map<string, ListenConfig>();
  for (const server of config.servers) for (const listen of server.listen) listeners.set(listen.key, listen);
  for (const listen of listeners.values()) {
    const servers = config.servers.filter((server) => server.listen.some(({ key }) => key === listen.key));
    policies.set(listen.key, {
      limits: config.limits,
      proxyProtocol: listen.proxyProtocol,
      chooseTls: tlsChooser(servers, listen, { config, credentials, trusts, ticketSecret }),
      isTrustedProxy: isTrusted,
    });
  }
  const made = upstreams(config, credentials);
  return {
    config,
    loadedAtMs: now(),
    credentials,
    policy: compilePolicy(config),
    trusts,
    upstreams: made,
    headerPlanner: createRequestHeaderPlanner({
      isTrusted,
      upstreams: config.upstreams,
      gatewayFacts: (server) => ({ uris: credentials.servers.get(server)?.leaf.altNames.uri ?? [] }),
      signIdentity:
        config.signedIdentity && credentials.signingKeys
          ? createIdentitySigner(config.signedIdentity, credentials.signingKeys, now)
          : undefined,
      now,
    }),
    listeners: [...listeners.values()],
    listenerPolicy: (listener) => policies.get(listener),
  };
}

const strictness = { required: 0, optional: 1, none: 2 } as const;

/** What TLS servers are made of, beside their blocks. */
interface TlsServerFacts extends Pick<GenerationDependencies, 'ticketSecret'> {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly trusts: Trusts;
}

/** Which server block a server name belongs to; a name of no block, or none at all, gets the strictest. */
function tlsChooser(
  servers: readonly ServerConfig[],
  listen: ListenConfig,
  facts: TlsServerFacts,
): ListenerPolicy['chooseTls'] {
  const endpoints: (TlsEndpoint & { readonly config: ServerConfig })[] = [];
  for (const server of servers) {
    const own = facts.credentials.servers.get(server.name);
    if (server.tls === undefined || own === undefined) continue;
    const tls = secureServer(server, own, listen, facts);
    const asks = server.tls.clients.verify !== 'none';
    const peers = asks ? createPeerCertificates(tls) : undefined;
    endpoints.push({ server: server.name, config: server, tls, peers });
  }
  endpoints.sort((a, b) => strictnessOf(a.config) - strictnessOf(b.config));
  const [first, ...others] = endpoints;
  if (first === undefined) return () => undefined;
  const choose = createServerTable([first, ...others]);
  return (serverName) => choose(serverName ?? '');
}

function strictnessOf({ tls }: ServerConfig): number {
  return strictness[tls?.clients.verify ?? 'none'];
}

function secureServer(
  server: ServerConfig,
  credentials: ServerCredentials,
  { http2 }: ListenConfig,
  { config, trusts, ticketSecret: shared }: TlsServerFacts,
): TlsEndpoint['tls'] {
  const { handshakeTimeoutMs } = config.limits;
  if (server.tls === undefined) throw new MutualError('internal', `${server.name} has no TLS`);
  try {
    const resumption = server.tls.resumption && !needsClientChain(server);
    const secret = credentials.ticketSecret ?? shared;
    const { verify, refuse } = server.tls.clients;
    const trust = trusts.get(server.name)?.fingerprint ?? '';
    const certificate = credentials.leaf.sha256;
    const ticketKeys = secret && deriveTicketKeys(secret, { server: server.name, trust, verify, refuse, certificate });
    const options = { http2, handshakeTimeoutMs, ticketKeys };
    return createTlsServer(server.name, { ...server.tls, resumption }, credentials, options);
  } catch (error) {
    // error:0A00018F:SSL routines::ee key too small
    const reason = messageOf(error).replace(/^error:[0-9A-F]+:[^:]*:[^:]*:/, '');
    throw new MutualError(
      'certificate-invalid',
      `the TLS library refuses ${server.tls.certificate} or what goes with it: ${reason}`,
      { cause: error },
    );
  }
}

/** Whether an address lies in one of these CIDR blocks. */
function addressMatcher(blocks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [network, prefix] = block.split('/');
    if (network === undefined || prefix === undefined) continue;
    list.addSubnet(network, Number(prefix), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
