// What has to be known of a request to decide which server gets it, for how long it waits, and whether it is sent again.

export interface Ask {
  /** Whether sending it twice does no harm: idempotent (RFC 9110 section 9.2.2), and without a body. */
  readonly repeatable: boolean;
  /** Decides with `balance: hash`. */
  readonly hashKey?: string | undefined;
  /** Absent: the upstream's. */
  readonly connectTimeoutMs?: number | undefined;
  /** Absent: the upstream's. */
  readonly responseTimeoutMs?: number | undefined;
}
