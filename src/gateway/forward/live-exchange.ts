// An exchange that is being filled in. What hardly anybody asks for is made when it is asked for.

import type { Connection } from '../accept/connection.ts';
import type { RequestHead } from '../accept/request-head.ts';
import type { Decision } from '../authorize/decision.ts';
import type { Exchange, Lane, UpstreamAttempt } from './exchange.ts';
import { headerRecord } from './headers/response-headers.ts';

const none: Exchange['responseHeaders'] = {};

export class LiveExchange implements Exchange {
  readonly id: string;
  readonly connection: Connection;
  readonly head: RequestHead;
  readonly ordinal: number;
  readonly startedAtMs: number;
  readonly startedAtMonotonicMs: number;
  decision: Decision | undefined = undefined;
  lane: Lane = 'none';
  attempts: UpstreamAttempt[] = [];
  status = 0;
  requestBodyBytes = 0;
  responseBodyBytes = 0;
  failure: Exchange['failure'] = undefined;
  durationMs: number | undefined = undefined;
  #responseHeaders = none;
  #sentLines: string | undefined = undefined;
  #closes: boolean | undefined = undefined;

  constructor(
    id: string,
    connection: Connection,
    head: RequestHead,
    ordinal: number,
    startedAtMs: number,
    startedAtMonotonicMs: number,
  ) {
    this.id = id;
    this.connection = connection;
    this.head = head;
    this.ordinal = ordinal;
    this.startedAtMs = startedAtMs;
    this.startedAtMonotonicMs = startedAtMonotonicMs;
  }

  get responseHeaders(): Exchange['responseHeaders'] {
    if (this.#sentLines !== undefined) {
      this.#responseHeaders = headerRecord(fieldsOfLines(this.#sentLines));
      this.#sentLines = undefined;
    }
    return this.#responseHeaders;
  }

  set responseHeaders(headers: Exchange['responseHeaders']) {
    this.#responseHeaders = headers;
    this.#sentLines = undefined;
  }

  /** Whether the response has said that the connection ends with it. */
  get closes(): boolean {
    return this.#closes ?? this.#responseHeaders.connection === 'close';
  }

  /** `responseHeaders` as the lines that were sent, each with its end. @param closes see `closes` */
  sentHeader(lines: string, closes: boolean): void {
    this.#sentLines = lines;
    this.#closes = closes;
  }
}

/** @param lines each `Name: value` and CR LF */
function fieldsOfLines(lines: string): string[] {
  const fields: string[] = [];
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.push(line.slice(0, colon), line.slice(colon + 2));
  }
  return fields;
}
