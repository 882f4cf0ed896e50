// The admin listener of the file in, the effective one out.

import type { AdminDocument } from '../document/admin.ts';
import { omitUndefined } from '../omit-undefined.ts';
import type { AdminConfig } from '../schema.ts';
import { normaliseListen, normaliseTls } from './normalise-server.ts';

export function normaliseAdmin(admin: AdminDocument, toPath: (path: string) => string): AdminConfig {
  return omitUndefined({
    listen: normaliseListen(admin.listen, false, toPath),
    tls: admin.tls === undefined ? undefined : normaliseTls(admin.tls, toPath),
    allow: admin.allow?.map(omitUndefined),
    deny: admin.deny?.map(omitUndefined),
    allowedHosts: admin.allowedHosts ?? [],
    clientMetrics: admin.clientMetrics,
  });
}
