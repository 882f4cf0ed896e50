// Access logs (ngx_http_log_module.c): a format rendered when a request is over, and a file that may depend on it.

import type { HttpLogFormatConfig } from '../../../config/http-schema.ts';
import { toBinary } from '../binary-text.ts';
import type { AccessLog } from '../locations/location-conf.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { partsOf, type Value } from '../script/value.ts';
import type { LogFiles } from './log-files.ts';

export type LogLine = (request: Request) => string;

export const combined: HttpLogFormatConfig = {
  escape: 'default',
  format:
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
};

export function compileLogFormat({ escape: kind, format }: HttpLogFormatConfig, compiler: Compiler): LogLine {
  const parts = partsOf(toBinary(format)).map((part): ((request: Request) => string) => {
    if (typeof part === 'string') return () => part;
    if ('capture' in part) return (request) => escapers[kind](request.captures[part.capture]);
    const get = compiler.getter(part.variable);
    return (request) => escapers[kind](get(request));
  });
  return (request) => `${parts.map((part) => part(request)).join('')}\n`;
}

const hex = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');

const escapers: Readonly<Record<HttpLogFormatConfig['escape'], (text: string | undefined) => string>> = {
  default: (text) => text?.replace(/["\\\0-\x1f\x7f-\xff]/g, (character) => `\\x${hex(character)}`) ?? '-',
  json: (text = '') => text.replace(/["\\\0-\x1f]/g, escapeJson),
  none: (text = '') => text,
};

function escapeJson(character: string): string {
  const short = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }[
    character
  ];
  return short ?? `\\u00${hex(character)}`;
}

export function createAccessLog(
  line: LogLine,
  file: Value<Request>,
  condition: Value<Request> | undefined,
  buffer: { readonly bytes: number; readonly flushMs: number | undefined } | undefined,
  files: LogFiles,
  absolute: (file: string) => string,
): AccessLog<Request> {
  const fixed = file.constant === undefined ? undefined : files.open(absolute(file.constant), buffer);
  return {
    write(request) {
      const wanted = condition?.of(request);
      if (wanted === '' || wanted === '0') return;
      const text = line(request);
      if (fixed !== undefined) {
        fixed.write(text);
        return;
      }
      try {
        files.openNamed(absolute(file.of(request))).write(text);
      } catch {
        // A folder that the variables name is not there: there is nowhere to write to.
      }
    },
  };
}
