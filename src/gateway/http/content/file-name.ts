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

/**
 * Whether a name of a file climbs where the operator's root or alias does not: `/files../x` behind an alias that ends in
 * a slash, or `..` in an argument of `try_files`. nginx follows such names.
 */
export function leavesFolder(request: Request, name: string): boolean {
  const { alias, root } = request.location;
  return climbs(name) > climbs(absolute(request, (alias ?? root).source));
}

function climbs(path: string): number {
  return path.split('/').filter((segment) => segment === '..').length;
}

function absolute({ connection }: Request, path: string): string {
  return path.startsWith('/') ? path : `${connection.engine.prefix}/${path}`;
}
