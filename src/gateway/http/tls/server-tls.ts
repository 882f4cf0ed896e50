// The TLS of one server.

export type VerifyClient = 'off' | 'on' | 'optional' | 'optional_no_ca';

export interface ServerTls {
  readonly verify: VerifyClient;
  readonly rejectHandshake: boolean;
  /** What it trusts of clients: equal texts, equal trust. */
  readonly trust: string;
}
