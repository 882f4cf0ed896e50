// What the keys of a configuration mean for one another: the document as YAML gave it in, findings out. Each check
// passes over what it cannot read, since the schema reports that.

import type { Finding } from '../config-error.ts';
import { checkAdmin } from './check-admin.ts';
import { checkListeners } from './check-listeners.ts';
import { checkLog } from './check-log.ts';
import { checkRoutes } from './check-routes.ts';
import { checkTls } from './check-tls.ts';
import { checkUpstreams } from './check-upstreams.ts';
import { fieldsOf } from './raw.ts';

/** `folder` is what relative paths are relative to. */
export function checkDocument(value: unknown, folder: string): Finding[] {
  const document = fieldsOf(value);
  return [
    ...checkServers(document),
    ...checkListeners(document, folder),
    ...checkTls(document),
    ...checkRoutes(document, folder),
    ...checkUpstreams(document, folder),
    ...checkAdmin(document, folder),
    ...checkLog(document),
  ];
}

function checkServers({ servers, http }: Readonly<Record<string, unknown>>): Finding[] {
  if (http !== undefined) return [];
  if (servers === undefined) return [{ path: ['servers'], message: 'is missing' }];
  return Array.isArray(servers) && servers.length === 0 ? [{ path: ['servers'], message: 'must not be empty' }] : [];
}
