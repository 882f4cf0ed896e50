// What the express lane asks of the stages before and after it, and of the lane beside it. The functions are those that
// serve the standard lane, too: nothing is decided in two places.

import type { LimitsConfig } from '../../../config/schema.ts';
import type { ErrorCode } from '../../../errors.ts';
import type { Connection } from '../../accept/connection.ts';
import type { ParsedRequestHead } from '../../accept/http1/request-head-parser.ts';
import type { RequestHead } from '../../accept/request-head.ts';
import type { Decision, Permit } from '../../authorize/decision.ts';
import type { HashKeyReader } from '../hash-key.ts';
import type { HeaderRefusal } from '../headers/connection-headers.ts';
import type { HeaderSlot } from '../headers/request-headers.ts';
import type { LiveExchange } from '../live-exchange.ts';
import type { OwnResponse } from '../own-response.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { LastJudgement } from './last-judgement.ts';

/** An open connection, as far as the lane has to know of it. */
export interface ExpressClient {
  readonly connection: Connection;
  /** No further request may come. */
  readonly ending: boolean;
}

export interface ExpressStages<Client extends ExpressClient> {
  /** Of this moment. */
  limits(): LimitsConfig;
  /** Undefined: the head is refused. Begins nothing: a head may be judged again by the standard lane. */
  judge(client: Client, head: ParsedRequestHead, last: LastJudgement): Decision | undefined;
  begin(client: Client, head: RequestHead, decision: Decision): LiveExchange;
  finish(client: Client, exchange: LiveExchange): void;
  planText(exchange: LiveExchange, permit: Permit, slot: HeaderSlot): string | HeaderRefusal;
  upstream(name: string): Upstream;
  bodyLimits(permit: Permit): { readonly maxBodyBytes: number; readonly bodyIdleTimeoutMs: number };
  readonly hashKeyOf: HashKeyReader;
  /** The response of a `respond` route, or to what `exchange.failure` says. */
  ownResponse(exchange: LiveExchange): OwnResponse;
  /** Whether the connection is to end after the response to a request that failed so. */
  endsConnection(code: ErrorCode): boolean;
  /** The head did not come in time: answered, and the connection ended. */
  headTimedOut(client: Client): void;
  /** A request went wrong in mid-body: told, and the connection cut. */
  bodyMalformed(client: Client, code: ErrorCode, reason: string): void;
  /** A fault of ours. */
  failed(exchange: LiveExchange, error: unknown): void;
  /** From here on the connection is the standard lane's; what it has to read has been put back. */
  handOver(client: Client, reason: string): void;
}
