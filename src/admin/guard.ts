// Whether a request to the admin listener may be answered at all: its head in, a verdict out. Pure. What it is about are
// browsers: a foreign page must not reach this listener with the reader's own browser, neither by its address (cross-site
// requests) nor by a name of its own that it points here (DNS rebinding).

import { isIP } from 'node:net';

export interface GuardedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  readonly secFetchMode: string | undefined;
  readonly contentType: string | undefined;
}

export interface GuardRules {
  readonly scheme: 'http' | 'https';
  /** No browser reaches a Unix socket, and no name means one. */
  readonly isUnixSocket: boolean;
  /** Our own end of the connection. */
  readonly localAddress: string;
  /** In lower case: the host of the listening address, and what the operator allows; `*.example` for all below. */
  readonly hosts: readonly string[];
}

export interface GuardRefusal {
  readonly status: 400 | 403 | 415 | 421;
  readonly message: string;
}

/** Undefined: it may be answered. */
export function guardRefusal(request: GuardedRequest, rules: GuardRules): GuardRefusal | undefined {
  const { method, host, origin, secFetchSite, contentType } = request;
  if (!rules.isUnixSocket) {
    if (host === undefined) return { status: 400, message: 'A Host is missing' };
    if (!isOwnHost(host, rules)) {
      return {
        status: 421,
        message: 'This host is not served here: use an address of the machine, or name it under admin.allowedHosts',
      };
    }
    // A page of another origin; `null` is one that hides its own. Browsers send it with everything that changes something.
    if (origin !== undefined && origin.toLowerCase() !== `${rules.scheme}://${host.toLowerCase()}`) {
      return { status: 403, message: 'Requests of other origins are refused' };
    }
  }
  const isForeign = secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none';
  if (isForeign && !isVisit(request)) return { status: 403, message: 'Requests of other sites are refused' };
  // Forms of foreign pages cannot send this type without being asked for leave, which is never given.
  if (method === 'POST' && contentType?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
    return { status: 415, message: 'The content type must be application/json' };
  }
  return undefined;
}

/** A link somewhere else may lead to the page, which shows nothing by being opened. */
function isVisit({ method, path, secFetchMode }: GuardedRequest): boolean {
  return method === 'GET' && path === '/' && secFetchMode === 'navigate';
}

function isOwnHost(host: string, { localAddress, hosts }: GuardRules): boolean {
  const name = host
    .toLowerCase()
    .replace(/:[0-9]{1,5}$/, '')
    .replace(/\.$/, '');
  if (name === 'localhost' || hosts.includes(name)) return true;
  const address = name.replace(/^\[(.*)\]$/, '$1');
  // An address cannot be pointed anywhere; one that is not ours is somebody else's all the same.
  if (isIP(address) !== 0) return isLoopback(address) || plainAddress(address) === plainAddress(localAddress);
  return hosts.some((pattern) => pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
}

function isLoopback(address: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';
}

/** An IPv4 client of a listener for both families. */
function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^::ffff:/, '');
}
