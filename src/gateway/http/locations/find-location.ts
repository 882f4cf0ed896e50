// The choice among locations (ngx_http_core_module.c, ngx_http_core_find_location): exact, longest prefix, then regular
// expressions in the order of the file.

import type { Request } from '../request.ts';
import type { LocationConf } from './location-conf.ts';
import type { LocationTree } from './location-tree.ts';

export type Found =
  | { readonly kind: 'location'; readonly conf: LocationConf<Request> }
  | { readonly kind: 'redirect'; readonly conf: LocationConf<Request> }
  | { readonly kind: 'none' };

interface Search {
  conf: LocationConf<Request> | undefined;
  settled: boolean;
  redirect: boolean;
}

/** The location of the request's URI; `redirect` where the URI lacks only the slash at the end of a prefix. */
export function findLocation(request: Request, tree: LocationTree<Request>): Found {
  const search: Search = { conf: undefined, settled: false, redirect: false };
  searchIn(request, tree, search);
  if (search.conf === undefined) return { kind: 'none' };
  return { kind: search.redirect ? 'redirect' : 'location', conf: search.conf };
}

function searchIn(request: Request, tree: LocationTree<Request>, search: Search): void {
  const { uri } = request;
  const exact = tree.exact.get(uri);
  if (exact !== undefined) {
    search.conf = exact.conf;
    search.settled = true;
    search.redirect = false;
    return;
  }
  let final = false;
  const prefix = tree.prefixes.find(({ path }) => uri.startsWith(path));
  if (prefix !== undefined) {
    search.conf = prefix.conf;
    search.redirect = false;
    final = prefix.final;
    // Locations within a prefix are asked before regular expressions beside it.
    searchIn(request, prefix.inner, search);
    if (search.settled) return;
  }
  const slashed = tree.prefixes.find(
    ({ path, conf }) => conf.autoRedirect && path.length === uri.length + 1 && path === `${uri}/`,
  );
  if (slashed !== undefined && (prefix === undefined || slashed.path.length > prefix.path.length)) {
    search.conf = slashed.conf;
    search.redirect = true;
    search.settled = true;
    return;
  }
  const slashedExact = tree.exact.get(`${uri}/`);
  if (slashedExact?.conf.autoRedirect === true) {
    search.conf = slashedExact.conf;
    search.redirect = true;
    search.settled = true;
    return;
  }
  if (final) {
    return;
  }
  for (const { regex, conf, inner } of tree.regexes) {
    if (regex?.exec(request, uri) !== true) continue;
    search.conf = conf;
    search.redirect = false;
    searchIn(request, inner, search);
    search.settled = true;
    return;
  }
}
