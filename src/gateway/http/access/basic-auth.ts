// `auth_basic` (ngx_http_auth_basic_module.c): a name and a password, looked up in a file for each request.

import { readFile } from 'node:fs/promises';
import { messageOf, systemCodeOf } from '../../../errors.ts';
import { toPath } from '../binary-text.ts';
import { logError } from '../log/log-error.ts';
import { addHeader, headerOf, outcome, type Request } from '../request.ts';
import { verifyPassword } from './password-hash.ts';

export async function checkPassword(request: Request): Promise<number> {
  const { authBasic, authBasicUserFile } = request.location;
  if (authBasic === undefined || authBasicUserFile === undefined) return outcome.declined;
  const realm = authBasic.of(request);
  if (realm === 'off') return outcome.declined;
  const given = credentialsOf(request);
  if (given === undefined) {
    logError(request, 'info', 'no user/password was provided for basic authentication');
    return challenge(request, realm);
  }
  const name = authBasicUserFile.of(request);
  const file = name.startsWith('/') ? name : `${request.connection.engine.prefix}/${name}`;
  let text: string;
  try {
    text = await readFile(toPath(file), 'latin1');
  } catch (error) {
    const missing = systemCodeOf(error) === 'ENOENT';
    logError(request, missing ? 'error' : 'crit', `open() "${file}" failed (${messageOf(error)})`);
    return missing ? 403 : 500;
  }
  const { own, any } = findPassword(text, given.user);
  // For a user that nobody knows the same work is done: how long it takes must not tell which users there are.
  const matches = verifyPassword(given.password, own ?? any);
  if (own !== undefined && matches) return outcome.done;
  const why = own === undefined ? `was not found in "${file}"` : ': password mismatch';
  logError(request, 'error', `user "${given.user}"${own === undefined ? ' ' : ''}${why}`);
  return challenge(request, realm);
}

/**
 * Lines `user:password`, and what follows another colon, of a file (ngx_http_auth_basic_handler): `#` begins a comment
 * only where a line begins.
 */
export function findPassword(text: string, user: string): { readonly own: string | undefined; readonly any: string } {
  let any = '';
  for (const line of text.split(/[\r\n]+/)) {
    if (line.startsWith('#')) continue;
    const [name = '', password = ''] = line.split(':');
    if (name === user && name !== '') return { own: password, any };
    if (password !== '') any = password;
  }
  return { own: undefined, any };
}

/** What an Authorization header of scheme Basic holds. */
export function credentialsOf(request: Request): { readonly user: string; readonly password: string } | undefined {
  const header = headerOf(request, 'authorization');
  const encoded = /^basic +(.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded.trim(), 'base64').toString('latin1');
  const colon = text.indexOf(':');
  if (colon <= 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function challenge(request: Request, realm: string): number {
  addHeader(request, 'WWW-Authenticate', `Basic realm="${realm}"`);
  return 401;
}
