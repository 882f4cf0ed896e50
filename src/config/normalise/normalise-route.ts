// Routes of the file in, effective routes out.

import type { RouteDocument } from '../document/document.ts';
import { omitUndefined } from '../omit-undefined.ts';
import { routeLabel } from '../route-pattern.ts';
import type { MatchConfig, RespondAction, RouteConfig, UpstreamAction } from '../schema.ts';
import { placeAddress } from '../upstream-url.ts';

type ToPath = (path: string) => string;

export function normaliseRoute(route: RouteDocument, toPath: ToPath): RouteConfig {
  return omitUndefined({
    name: route.name ?? routeLabel(route),
    match: matchOf(route),
    allow: route.allow?.map(omitUndefined),
    deny: route.deny?.map(omitUndefined),
    clients: route.clients,
    action: actionOf(route, toPath),
    headers: route.headers,
    identityHeaders: route.identityHeaders,
    maxBodyBytes: route.maxBodyBytes,
    lane: route.lane,
    connectTimeoutMs: route.connectTimeout,
    responseTimeoutMs: route.responseTimeout,
  });
}

function matchOf(route: RouteDocument): MatchConfig {
  if (route.exact !== undefined) {
    return { kind: 'exact', path: route.exact };
  }
  return route.regex === undefined
    ? { kind: 'prefix', path: route.path ?? '/' }
    : { kind: 'regex', source: route.regex };
}

function actionOf(route: RouteDocument, toPath: ToPath): UpstreamAction | RespondAction {
  if (route.respond !== undefined) {
    return respondAction(route.respond);
  }
  const target = route.upstream ?? '';
  return { kind: 'upstream', upstream: typeof target === 'string' ? target : placeAddress(target, toPath).url };
}

/** A redirect is a status and a Location like any other. 308 keeps the method, so that no POST turns into a GET. */
function respondAction({ status, body, headers, redirect }: NonNullable<RouteDocument['respond']>): RespondAction {
  if (redirect === undefined) {
    return { kind: 'respond', status: status ?? 200, body, headers };
  }
  return { kind: 'respond', status: status ?? 308, body, headers: [['Location', redirect], ...headers] };
}
