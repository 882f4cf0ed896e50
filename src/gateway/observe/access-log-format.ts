// A finished exchange in, one line of an access log out, without its line break. Nothing that a client sends can
// begin a second line or leave its field.

import type { AccessLogConfig, UpstreamConfig } from '../../config/schema.ts';
import type { Template } from '../../config/template.ts';
import type { Exchange } from '../forward/exchange.ts';
import type { VariableContext } from '../forward/variables/reader.ts';
import { nowOf, printLocalTime } from '../forward/variables/time.ts';
import { variableReader } from '../forward/variables.ts';
import { accessLogRecord } from './access-log-record.ts';
import { escapeLog, stringifyAscii } from './escape.ts';
import { isSecretVariable, redacted } from './redact.ts';

export type AccessLogFormat = (exchange: Exchange) => string;

/** The format as one function, compiled once. */
export function compileAccessLogFormat(
  format: AccessLogConfig['format'],
  upstreams: Readonly<Record<string, UpstreamConfig>> = {},
): AccessLogFormat {
  switch (format.kind) {
    case 'combined':
      return combinedFormat();
    case 'json':
      return (exchange) => stringifyAscii(accessLogRecord(exchange));
    case 'template':
      return templateFormat(format.template, upstreams);
  }
}

/** nginx's `combined` (ngx_http_log_module.c). */
function combinedFormat(): AccessLogFormat {
  const user = logReader('remote_user', {});
  const request = logReader('request', {});
  const status = logReader('status', {});
  const referer = logReader('http_referer', {});
  const userAgent = logReader('http_user_agent', {});
  const time = secondsPrinter();
  return (exchange) => {
    const { connection, responseBodyBytes } = exchange;
    const who = `${connection.client.address} - ${user(exchange)} [${time(nowOf(exchange, {}))}]`;
    const what = `"${request(exchange)}" ${status(exchange)} ${responseBodyBytes}`;
    return `${who} ${what} "${referer(exchange)}" "${userAgent(exchange)}"`;
  };
}

function templateFormat(template: Template, upstreams: Readonly<Record<string, UpstreamConfig>>): AccessLogFormat {
  const parts = template.parts.map((part) => {
    if ('variable' in part) return logReader(part.variable, { upstreams, unverified: true });
    // The operator's own text stands as written, but for what would break the line.
    const literal = part.literal.replaceAll(/[\r\n]+/g, ' ');
    return () => literal;
  });
  return (exchange) => {
    let line = '';
    for (const part of parts) line += part(exchange);
    return line;
  };
}

/** Reads a variable for a log: escaped, `-` for nothing, and never a secret. */
function logReader(name: string, context: VariableContext): (exchange: Exchange) => string {
  const read = variableReader(name);
  const secret = isSecretVariable(name);
  return (exchange) => {
    const value = read(exchange, context);
    if (value === '') return '-';
    return secret ? redacted : escapeLog(value);
  };
}

/** Prints local time, anew only when the second has changed. */
function secondsPrinter(): (ms: number) => string {
  let second = Number.NaN;
  let text = '';
  return (ms) => {
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      second = now;
      text = printLocalTime(ms);
    }
    return text;
  };
}
