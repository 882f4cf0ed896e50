// A connection that was refused before there was a request: what is known of it, for the log.

import type { ErrorCode } from '../../errors.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { VerifyError } from '../../x509/verify-error.ts';
import type { Endpoint } from './connection.ts';

export interface ConnectionRefusal {
  readonly code: ErrorCode;
  /** For the operator: what happened, in words. */
  readonly reason: string;
  readonly client: Endpoint;
  /** Canonical text of the listening address. */
  readonly listener: string;
  /** The server block that was chosen, as far as one was. */
  readonly server?: string | undefined;
  /** SNI. */
  readonly serverName?: string | undefined;
  /** Of a handshake that was done, or as good as done. */
  readonly protocol?: string | undefined;
  readonly resumed?: boolean | undefined;
  /** The connection had been admitted before, and is ended now. */
  readonly wasOpen?: boolean | undefined;
  readonly verifyError?: VerifyError | undefined;
  readonly certificate?: Certificate | undefined;
}
