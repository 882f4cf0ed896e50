// The file that a URI means (ngx_http_core_module.c, ngx_http_map_uri_to_path): below the root, or in place of the
// location's prefix.

import type { Request } from '../request.ts';

/** The folder that files are looked for in. */
export function documentRoot(request: Request): string {
  const { location } = request;
  return absolute(request, (location.alias ?? location.root).of(request));
}

/** @param uri in place of the request's own */
export function fileNameOf(request: Request, uri: string = request.uri): string {
  const { location } = request;
  if (location.alias === undefined) return `${documentRoot(request)}${uri}`;
  const alias = absolute(request, location.alias.of(request));
  if (location.kind === 'regex') return alias;
  return `${alias}${uri.slice(location.name.length)}`;
}

function absolute({ connection }: Request, path: string): string {
  return path.startsWith('/') ? path : `${connection.engine.prefix}/${path}`;
}
