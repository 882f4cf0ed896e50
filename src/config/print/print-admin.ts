// The effective admin listener as the file would have it.

import { omitUndefined } from '../omit-undefined.ts';
import type { AdminConfig } from '../schema.ts';
import { printListen, printRules, printTls } from './print-server.ts';

export function printAdmin(admin: AdminConfig): Record<string, unknown> {
  return omitUndefined({
    listen: printListen(admin.listen),
    tls: admin.tls === undefined ? undefined : printTls(admin.tls),
    allow: admin.allow === undefined ? undefined : printRules(admin.allow),
    deny: admin.deny === undefined ? undefined : printRules(admin.deny),
    allowedHosts: admin.allowedHosts,
    clientMetrics: admin.clientMetrics,
  });
}
