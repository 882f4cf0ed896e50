// `when` of an access log in, a question out: is a line written for this exchange? Every condition has to hold.

import type { LogConditionConfig, UpstreamConfig } from '../../config/schema.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { VariableContext } from '../forward/variables/reader.ts';
import { loggedStatus } from '../forward/variables/response.ts';
import { variableReader } from '../forward/variables.ts';

export type LogCondition = (exchange: Exchange) => boolean;

export function compileLogCondition(
  when: LogConditionConfig,
  upstreams: Readonly<Record<string, UpstreamConfig>> = {},
): LogCondition {
  const conditions: LogCondition[] = [];
  const { value, status, slowerThanMs, exceptRoutes } = when;
  if (value !== undefined) {
    const context: VariableContext = { upstreams, unverified: true };
    const parts = value.parts.map((part) => ('literal' in part ? () => part.literal : variableReader(part.variable)));
    // nginx's `if=` (ngx_http_log_module.c): no line where the value is empty or `0`.
    conditions.push((exchange) => {
      const text = parts.map((part) => part(exchange, context)).join('');
      return text !== '' && text !== '0';
    });
  }
  if (status !== undefined) {
    conditions.push((exchange) => {
      const sent = loggedStatus(exchange);
      return status.some(({ from, to }) => sent >= from && sent <= to);
    });
  }
  if (slowerThanMs !== undefined) conditions.push(({ durationMs }) => (durationMs ?? 0) >= slowerThanMs);
  if (exceptRoutes !== undefined) {
    const names = new Set(exceptRoutes);
    conditions.push(({ decision }) => decision?.route === undefined || !names.has(decision.route.name));
  }
  return (exchange) => conditions.every((holds) => holds(exchange));
}
