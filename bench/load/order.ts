// What the load generator may be told to do. An order is bounded: it ends after so many requests, handshakes or seconds.

/** Where to, and as whom. */
interface Order {
  readonly port: number;
  /** Holds ca.crt, client.crt and client.key. */
  readonly directory: string;
}

/** So many requests over kept connections, at most `inFlight` at a time, taking the connections in turn. */
export interface RequestsOrder extends Order {
  readonly task: 'requests';
  readonly requests: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly path?: string;
  /** Header fields beside the four that are always sent. */
  readonly moreHeaders?: number;
  /** Makes it a POST with a body. */
  readonly bodyBytes?: number;
}

/** So many connections, each with one request. */
export interface HandshakesOrder extends Order {
  readonly task: 'handshakes';
  readonly handshakes: number;
  readonly inFlight: number;
  /** Whether each resumes the session of one before. */
  readonly resume?: boolean;
  /** Groups for the key exchange, in the words of OpenSSL. Default: X25519, then P-256. */
  readonly groups?: string;
  /** Default: TLSv1.3. */
  readonly protocol?: 'TLSv1.2' | 'TLSv1.3';
}

/** Requests that begin at fixed times, whether or not those before them are answered. */
export interface RateOrder extends Order {
  readonly task: 'rate';
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Connections that have made one request each and are kept open: first some, and when told the rest. */
export interface HoldOrder extends Order {
  readonly task: 'hold';
  readonly first: number;
  readonly more: number;
}

/** Told of anything that goes wrong: the figures would mean nothing. */
export type Fail = (error: Error) => never | undefined;

export type LoadOrder = RequestsOrder | HandshakesOrder | RateOrder | HoldOrder;

/** Milliseconds from when a request was due to the last byte of its response. */
export interface RateResult {
  readonly p50: number;
  readonly p99: number;
}
