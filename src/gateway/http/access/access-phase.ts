// The access phase: addresses, then passwords; all of them have to agree, or with `satisfy any` one of them
// (ngx_http_core_module.c, ngx_http_core_access_phase).

import { logError } from '../log/log-error.ts';
import { outcome, type Request, removeHeader, responseHeader } from '../request.ts';
import { isAllowed } from './access-rules.ts';
import { checkPassword } from './basic-auth.ts';

export async function decideAccess(request: Request): Promise<number> {
  const { satisfyAny } = request.location;
  let refused = 0;
  for (const check of [checkAddress, checkPassword]) {
    const rc = await check(request);
    if (rc === outcome.declined) continue;
    if (rc === outcome.done) {
      if (!satisfyAny) continue;
      const challenge = responseHeader(request, 'WWW-Authenticate');
      if (challenge !== undefined) removeHeader(request, challenge);
      return outcome.declined;
    }
    if (!satisfyAny || (rc !== 401 && rc !== 403)) return rc;
    if (refused !== 401) refused = rc;
  }
  if (refused === 0) return outcome.declined;
  if (refused === 403) logError(request, 'error', 'access forbidden by rule');
  return refused;
}

function checkAddress(request: Request): number {
  const { access, satisfyAny } = request.location;
  if (access === undefined) return outcome.declined;
  const allowed = isAllowed(access, request.remote.address);
  if (allowed === undefined) return outcome.declined;
  if (allowed) return outcome.done;
  if (!satisfyAny) logError(request, 'error', 'access forbidden by rule');
  return 403;
}
