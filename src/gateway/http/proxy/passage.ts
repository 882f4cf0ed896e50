// One passage of a request to an upstream: what all attempts at its servers have in common.

import type { StoredBody } from '../connection/request-body.ts';
import type { Request } from '../request.ts';
import type { Redirects } from '../response/redirects.ts';
import type { Cancel } from './attempt.ts';
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
export function upstreamUrl({ request, target }: Passage, peer: string): string {
  const path = target.uri === '' ? request.unparsedUri : target.uri;
  return `${target.secure ? 'https' : 'http'}://${peer.startsWith('unix:') ? `${peer}:` : peer}${path}`;
}
