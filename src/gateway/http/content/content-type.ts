// The media type of a response by the ending of the URI (ngx_http_core_module.c, ngx_http_set_content_type).

import type { Request } from '../request.ts';

/** nginx's own, where the configuration has no `types`. */
export const defaultTypes: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html'],
  ['gif', 'image/gif'],
  ['jpg', 'image/jpeg'],
]);

export function setContentType(request: Request): void {
  if (request.out.contentType !== undefined) return;
  const { location, exten } = request;
  request.out.contentType = location.types.get(exten.toLowerCase()) ?? location.defaultType;
}

/** Endings by type, as the configuration has them, turned round. */
export function typesByEnding(types: Readonly<Record<string, readonly string[]>>): Map<string, string> {
  return new Map(
    Object.entries(types).flatMap(([type, endings]) => endings.map((ending) => [ending.toLowerCase(), type])),
  );
}
