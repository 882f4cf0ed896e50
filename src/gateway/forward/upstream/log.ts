// The program's log, as far as upstreams need it.

export interface UpstreamLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}
