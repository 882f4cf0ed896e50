// Today's trust of each server block. Where a reload brings the same anchors and lists, the value of before is kept, so
// that nothing has to be judged again: equal objects mean equal answers.

import { judgesRevocation } from '../config/judges-revocation.ts';
import type { Config } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import { createTrust, type Trust } from './authenticate/trust.ts';

/** By the name of the server block; those that ask clients for certificates. */
export type Trusts = ReadonlyMap<string, Trust>;

export function createTrusts(config: Config, credentials: Credentials, previous: Trusts | undefined): Trusts {
  const trusts = new Map<string, Trust>();
  for (const { name, tls } of config.servers) {
    const own = credentials.servers.get(name);
    if (tls === undefined || own === undefined || tls.clients.verify === 'none') continue;
    const { onCrlExpired, depth, requireClientAuthEku, ocsp } = tls.clients;
    const trust = createTrust({
      ...{ onCrlExpired, depth, requireClientAuthEku, ocsp },
      ...{ anchors: own.anchors, revocationLists: own.revocationLists, requiresLists: own.requiresLists },
      judgesRevocation: judgesRevocation(tls.clients),
    });
    const known = previous?.get(name);
    trusts.set(name, known?.fingerprint === trust.fingerprint ? known : trust);
  }
  return trusts;
}
