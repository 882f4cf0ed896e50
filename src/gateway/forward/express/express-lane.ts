// The executor of plain requests: HTTP/1.1 on a keep-alive connection, forwarded head by head with parsers of our own on
// pooled upstream connections, without the request and response objects of an HTTP server. Whatever a client or an
// upstream can see is the same as on the standard lane.

import { createRequestHeadParser, type RequestHeadParser } from '../../accept/http1/request-head-parser.ts';
import { createTimeouts } from '../timeouts.ts';
import { Conversation, type ConversationTools } from './conversation.ts';
import { createHttpDate } from './http-date.ts';
import { createResponseHeadParser } from './response-head-parser.ts';
import { createResponseFilter } from './response-lines.ts';
import type { ExpressClient, ExpressStages } from './stages.ts';

export interface ExpressLane<Client extends ExpressClient> {
  /** Takes over a connection that nobody has read from. */
  converse(client: Client): void;
  close(): void;
}

export interface ExpressLaneDependencies {
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** A clock that only goes forward, in milliseconds. */
  readonly monotonic: () => number;
}

/** What Node reads at a time. */
const readBytes = 65_536;

export function createExpressLane<Client extends ExpressClient>(
  stages: ExpressStages<Client>,
  { now, monotonic }: ExpressLaneDependencies,
): ExpressLane<Client> {
  const timeouts = createTimeouts(monotonic);
  const shared: ConversationTools = {
    timeouts,
    now,
    parseHead: createResponseHeadParser(),
    readInto: Buffer.allocUnsafeSlow(readBytes),
    filter: createResponseFilter(),
    httpDate: createHttpDate(),
    parseRequest: createLimitedParser(stages),
  };
  return {
    converse: (client) => new Conversation(client, stages, shared).begin(),
    close: () => timeouts.close(),
  };
}

/** Made anew when a reload has changed the limits. */
function createLimitedParser({ limits }: Pick<ExpressStages<never>, 'limits'>): RequestHeadParser {
  let made = limits();
  let parse = createRequestHeadParser({ maxHeadBytes: made.maxHeadBytes, maxFields: made.maxHeaders });
  return (bytes, from, memory) => {
    const current = limits();
    if (current !== made) {
      made = current;
      parse = createRequestHeadParser({ maxHeadBytes: made.maxHeadBytes, maxFields: made.maxHeaders });
    }
    return parse(bytes, from, memory);
  };
}
