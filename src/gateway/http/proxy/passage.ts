// One passage of a request to an upstream: what all attempts at its servers have in common.

import type { StoredBody } from '../connection/request-body.ts';
import type { Request } from '../request.ts';
import type { Redirects } from '../response/redirects.ts';
import type { Cancel } from './attempt.ts';
import { proxyUri } from './create-request.ts';
import type { ProxyConf, ProxyTarget } from './proxy-conf.ts';

export interface Passage {
  readonly request: Request;
  readonly conf: ProxyConf;
  readonly target: ProxyTarget;
  readonly redirects: Redirects<Request>;
  readonly cancel: Cancel;
  readonly stored: StoredBody | undefined;
  readonly ownBody: Buffer | undefined;
}

/** For the log. @param peer name of the server */
export function upstreamUrl({ request, conf, target }: Passage, peer: string): string {
  const server = peer.startsWith('unix:') ? `${peer}:` : peer;
  return `${target.secure ? 'https' : 'http'}://${server}${proxyUri(request, conf, target)}`;
}
