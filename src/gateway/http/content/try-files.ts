// `try_files` (ngx_http_try_files_module.c): the first file that is there becomes the URI; the last entry is where to go
// when none is.

import { outcome, type Request, setUri } from '../request.ts';
import type { Redirects } from '../response/redirects.ts';
import type { Value } from '../script/value.ts';
import { fileNameOf, leavesFolder } from './file-name.ts';
import { exists } from './serve-file.ts';

export async function tryFiles(
  request: Request,
  entries: readonly Value<Request>[],
  redirects: Redirects<Request>,
): Promise<number> {
  const { location } = request;
  for (const [index, entry] of entries.entries()) {
    const text = entry.of(request);
    if (index === entries.length - 1) return fallBack(request, text, redirects);
    const folder = text.endsWith('/') && text.length > 1;
    const name = folder ? text.slice(0, -1) : text;
    const prefixed = location.alias === undefined || name.startsWith(location.name);
    const path = prefixed ? fileNameOf(request, name) : fileNameOf(request, `${location.name}${name}`);
    if (leavesFolder(request, path) || !(await exists(path, folder))) continue;
    setUri(request, prefixed || location.kind === 'regex' ? text : `${location.name}${text}`);
    return outcome.declined;
  }
  return outcome.declined;
}

function fallBack(request: Request, text: string, redirects: Redirects<Request>): number {
  const code = /^=(\d{3})$/.exec(text)?.[1];
  if (code !== undefined) return Number(code);
  if (text.startsWith('@')) return redirects.named(request, text);
  const question = text.indexOf('?');
  return question === -1
    ? redirects.internal(request, text, '')
    : redirects.internal(request, text.slice(0, question), text.slice(question + 1));
}
