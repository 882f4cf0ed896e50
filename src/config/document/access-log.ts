// An access log: its format, its file, and which exchanges have a line in it.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import type { AccessLogConfig, LogConditionConfig } from '../schema.ts';
import { parseStatusRange } from '../status-range.ts';
import { suggestion } from '../suggest.ts';
import { parseTemplate } from '../template.ts';
import { duration, durationOrOff, file, oneOrMore, parsedBy, size, text } from './scalars.ts';

const format = text.transform(parsedBy(parseFormat)).meta({ title: 'format' });

const logTemplate = z.string().transform(parsedBy(parseCondition)).meta({ title: 'template' });

const status = z
  .union([z.string(), z.int()])
  .transform(parsedBy((value: string | number) => parseStatusRange(String(value))))
  .meta({ title: 'status' });

const conditions = z
  .strictObject({
    value: logTemplate.optional().describe("As nginx's `if=`: no line where it is empty or `0`."),
    status: oneOrMore(status)
      .optional()
      .describe('Statuses that have a line: `404`, `5xx`, `400-499`, `>=400`, `<200`; one or a list.'),
    slowerThan: duration.optional().describe('Only exchanges that took as long as this or longer.'),
    exceptRoutes: oneOrMore(text).optional().describe('Routes, by name, whose exchanges have no line: health checks.'),
  })
  .refine((value) => Object.values(value).some((condition) => condition !== undefined), 'says no condition')
  .meta({
    id: 'LogCondition',
    description: 'Which exchanges have a line in an access log: those for which every condition given here holds.',
    examples: [{ status: '>=400' }, { slowerThan: '1s', exceptRoutes: ['health'] }],
  });

const when = z.union([
  logTemplate.transform((value): LogConditionConfig => ({ value })),
  conditions.transform(
    ({ value, status, slowerThan, exceptRoutes }): LogConditionConfig => ({
      ...(value === undefined ? {} : { value }),
      ...(status === undefined ? {} : { status }),
      ...(slowerThan === undefined ? {} : { slowerThanMs: slowerThan }),
      ...(exceptRoutes === undefined ? {} : { exceptRoutes }),
    }),
  ),
]);

/** Buffers are lost with a process that is killed: they are for saving calls, not for keeping lines. */
const maxBufferBytes = 1024 ** 2;

const buffer = size.transform(
  parsedBy((bytes: number) => {
    if (bytes > maxBufferBytes) throw new MutualError('config-invalid', 'must be at most 1m');
    return bytes;
  }),
);

const withFile = z
  .strictObject({
    format: format.prefault('combined').describe('`combined`, `json`, or a template.'),
    file: file.optional().describe('File that lines are appended to. Absent: standard output.'),
    when: when
      .optional()
      .describe('Which exchanges have a line: a template, none where it is empty or `0`; or conditions. Absent: all.'),
    buffer: buffer
      .prefault('16k')
      .describe('As much as this may wait to be written at once; 0 writes each line by itself.'),
    flush: durationOrOff
      .prefault('20ms')
      .describe('What waits is written after this time at the latest; 0 writes each line by itself.'),
  })
  .meta({
    id: 'AccessLog',
    description: 'An access log with a file of its own.',
    examples: [
      { format: 'json', file: '/var/log/mutual/access.log' },
      { file: '/var/log/mutual/errors.log', when: { status: '>=400' } },
    ],
  });

const entry = z.union([format.transform((value) => ({ ...withFile.parse({}), format: value })), withFile]);

export const accessLogs = z
  .union([z.literal('off'), entry, z.array(entry)])
  .transform((value) => (value === 'off' ? [] : Array.isArray(value) ? value : [value]));

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

/** A condition that never changes is a slip of the pen. */
function parseCondition(value: string): ReturnType<typeof parseTemplate> {
  const template = parseTemplate(value, 'log');
  if (!template.parts.some((part) => 'variable' in part)) {
    throw new MutualError('config-invalid', `"${value}" has no $variable: the condition would never change`);
  }
  return template;
}
