// $variables of the trace that a request is part of; empty where it is part of none.

import { formatTraceparent, traceOf } from '../trace-context.ts';
import type { Reader } from './reader.ts';

export const traceVariables: Readonly<Record<string, Reader>> = {
  trace_id: (exchange) => traceOf(exchange)?.traceId ?? '',
  traceparent: (exchange) => {
    const trace = traceOf(exchange);
    return trace === undefined ? '' : formatTraceparent(trace);
  },
};
