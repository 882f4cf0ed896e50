// The TLS of one server.

import type { VerifyClient } from './certificate-fault.ts';

export interface ServerTls {
  readonly verify: VerifyClient;
  readonly rejectHandshake: boolean;
}
