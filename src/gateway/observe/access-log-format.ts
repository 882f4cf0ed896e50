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
import { createRedaction, type Redaction, redacted } from './redact.ts';

export type AccessLogFormat = (exchange: Exchange) => string;

export interface AccessLogFormatOptions {
  /** For `$proxy_host`. */
  readonly upstreams?: Readonly<Record<string, UpstreamConfig>>;
  /** Default: what is known to be secret. */
  readonly redaction?: Redaction;
}

/** The format as one function, compiled once. */
export function compileAccessLogFormat(
  format: AccessLogConfig['format'],
  { upstreams = {}, redaction = createRedaction() }: AccessLogFormatOptions = {},
): AccessLogFormat {
  switch (format.kind) {
    case 'combined':
      return combinedFormat(redaction);
    case 'json':
      return (exchange) => stringifyAscii(accessLogRecord(exchange, redaction));
    case 'template':
      return templateFormat(format.template, upstreams, redaction);
  }
}

/** nginx's `combined` (ngx_http_log_module.c). */
function combinedFormat(redaction: Redaction): AccessLogFormat {
  const user = logReader('remote_user', {}, redaction);
  const request = logReader('request', {}, redaction);
  const status = logReader('status', {}, redaction);
  const referer = logReader('http_referer', {}, redaction);
  const userAgent = logReader('http_user_agent', {}, redaction);
  const time = secondsPrinter();
  return (exchange) => {
    const { connection, responseBodyBytes } = exchange;
    const who = `${connection.client.address} - ${user(exchange)} [${time(nowOf(exchange, {}))}]`;
    const what = `"${request(exchange)}" ${status(exchange)} ${responseBodyBytes}`;
    return `${who} ${what} "${referer(exchange)}" "${userAgent(exchange)}"`;
  };
}

function templateFormat(
  template: Template,
  upstreams: Readonly<Record<string, UpstreamConfig>>,
  redaction: Redaction,
): AccessLogFormat {
  const parts = template.parts.map((part) => {
    if ('variable' in part) return logReader(part.variable, { upstreams, unverified: true }, redaction);
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
function logReader(name: string, context: VariableContext, redaction: Redaction): (exchange: Exchange) => string {
  const read = variableReader(name);
  const secret = redaction.isSecretVariable(name);
  const mayHoldSecrets = /^(?:request|request_uri|args|query_string|arg_.+|(?:upstream_|sent_)?http_.+)$/.test(name);
  // The same clients ask for the same things: what was last said of a value holds for an equal one.
  let last = '';
  let shown = '-';
  return (exchange) => {
    const value = read(exchange, context);
    if (value !== last) {
      shown = value === '' ? '-' : secret ? redacted : escapeLog(mayHoldSecrets ? redaction.clean(value) : value);
      last = value;
    }
    return shown;
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
