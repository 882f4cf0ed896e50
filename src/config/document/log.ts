// `log`: the program's own log and the access log.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import type { AccessLogConfig } from '../schema.ts';
import { suggestion } from '../suggest.ts';
import { parseTemplate } from '../template.ts';
import { file, parsedBy, text } from './scalars.ts';

const format = text.transform(parsedBy(parseFormat)).meta({ title: 'format' });

const entry = z.union([
  format.transform((value) => ({ format: value, file: undefined })),
  z
    .strictObject({
      format: format.prefault('combined').describe('`combined`, `json`, or a template.'),
      file: file.optional().describe('File that lines are appended to. Absent: standard output.'),
    })
    .meta({
      id: 'AccessLog',
      description: 'An access log with a file of its own.',
      examples: [{ format: 'json', file: '/var/log/mutual/access.log' }],
    }),
]);

const access = z
  .union([z.literal('off'), entry, z.array(entry)])
  .transform((value) => (value === 'off' ? [] : Array.isArray(value) ? value : [value]));

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
    access: access
      .prefault('combined')
      .describe('Access log: `combined` as nginx has it, `json`, a template, `off`, or a list of several.'),
  })
  .meta({
    id: 'Log',
    description: 'Logs. Files are opened anew on USR1.',
    examples: [{ level: 'info', access: '$remote_addr $status "$ssl_client_s_dn" $request_uri' }],
  });

function parseFormat(value: string): AccessLogConfig['format'] {
  if (value === 'combined' || value === 'json') {
    return { kind: value };
  }
  if (value === 'off') {
    throw new MutualError('config-invalid', '`off` stands alone: leave the list out');
  }
  if (!value.includes('$')) {
    const known = suggestion(value, ['combined', 'json', 'off']);
    throw new MutualError(
      'config-invalid',
      `"${value}" is neither combined, json nor a template with $variables${known}`,
    );
  }
  return { kind: 'template', template: parseTemplate(value, 'log') };
}
