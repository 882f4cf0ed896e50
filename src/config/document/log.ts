// `log`: the program's own log and the access log.

import { z } from 'zod';
import { parseHeaderName } from '../header-name.ts';
import { accessLogs } from './access-log.ts';
import { file, oneOrMore, parsedBy, text } from './scalars.ts';

const headerName = text.superRefine((value, context) => void parsedBy(parseHeaderName)(value, context));

const redact = z
  .strictObject({
    headers: oneOrMore(headerName, 0)
      .default([])
      .describe(
        'More headers that hold credentials, of requests and of responses, beside Authorization, Proxy-Authorization, ' +
          'Cookie, Set-Cookie, X-Api-Key and others that are known.',
      ),
    query: oneOrMore(text, 0)
      .default([])
      .describe(
        'More arguments of URLs whose values are credentials, beside `access_token`, `token`, `code`, `password`, ' +
          '`api_key`, `signature` and others that are known.',
      ),
    unsafeShowCredentials: z
      .boolean()
      .default(false)
      .describe('`true` writes credentials into logs as they are: whoever reads a log can then use them.'),
  })
  .meta({
    id: 'Redact',
    description: 'What no log may hold: `[redacted]` stands in its place.',
    examples: [{ headers: ['X-Session'], query: ['ticket'] }],
  });

export const log = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe("The least level of the program's own log."),
    format: z
      .enum(['auto', 'json', 'pretty'])
      .default('auto')
      .describe(
        "Format of the program's own log: `json`, one object a line; `pretty`, lines for people; `auto`, `pretty` on a terminal and `json` elsewhere.",
      ),
    file: file.optional().describe("File of the program's own log. Absent: standard error."),
    access: accessLogs
      .prefault('combined')
      .describe('Access log: `combined` as nginx has it, `json`, a template, `off`, or a list of several.'),
    refusalsPerSecond: z
      .int()
      .min(0)
      .default(50)
      .describe(
        "Lines a second in the program's own log about refusals of one kind; what comes beyond is counted and told in one line. 0: no limit.",
      ),
    redact: redact.prefault({}).describe('What is left out of all logs.'),
  })
  .meta({
    id: 'Log',
    description: 'Logs. Files are opened anew on USR1, and within a second when they were renamed or removed.',
    examples: [{ level: 'info', access: '$remote_addr $status "$ssl_client_s_dn" $request_uri' }],
  });
