// The values that configuration keys are made of: texts, files, durations, sizes, templates, lists. Each is a zod
// schema that takes what YAML gives and puts out the parsed value; `title` names the kind in the documentation.

import { z } from 'zod';
import { MutualError } from '../../errors.ts';
import { parseHeaderName } from '../header-name.ts';
import { parseTemplate, type Template } from '../template.ts';
import { durationPattern, parseDuration, parseSize, sizePattern } from '../units.ts';

/** Marks a fault as something that a later version will understand. */
export const unsupported = { unsupported: true } as const;

/** Makes a parser that throws MutualError into a zod transform that reports. */
export function parsedBy<In, Out>(parse: (value: In) => Out) {
  return (value: In, context: z.RefinementCtx<In>): Out => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof MutualError)) {
        throw error;
      }
      const params = error.code === 'config-unsupported' ? unsupported : {};
      context.addIssue({ code: 'custom', message: error.message, params });
      return z.NEVER;
    }
  };
}

/** A value, or a list of at least `least` such values; always a list when parsed. */
export function oneOrMore<S extends z.ZodType>(schema: S, least: 0 | 1 = 1) {
  const toList = (value: z.output<S> | z.output<S>[]) => (Array.isArray(value) ? value : [value]) as z.output<S>[];
  return z.union([schema, z.array(schema).min(least)]).transform(toList);
}

export const text = z.string().min(1);

export const file = text.meta({ title: 'file' });

const timerLimitMs = 24 * 86_400_000;

/** Milliseconds of a duration above zero; what timers can hold: 24 days. */
export const duration = durationFrom(1).meta({ title: 'duration' });

/** The same, or 0 for off. */
export const durationOrOff = durationFrom(0).meta({ title: 'duration or 0' });

function durationFrom(least: 0 | 1) {
  const parse = (value: string | number) => {
    const milliseconds = parseDuration(String(value));
    if (milliseconds < least) {
      throw new MutualError('config-invalid', 'must be more than 0');
    }
    if (milliseconds > timerLimitMs) {
      throw new MutualError('config-invalid', 'must be at most 24d');
    }
    return milliseconds;
  };
  return z
    .union([z.string(), z.number()])
    .transform(parsedBy(parse))
    .meta({ pattern: durationPattern, minimum: least });
}

/** Bytes; 0 allowed. */
export const size = z
  .union([z.string(), z.number()])
  .transform(parsedBy((value: string | number) => parseSize(String(value))))
  .meta({ title: 'size', pattern: sizePattern, minimum: 0 });

/** A text with variables that are known when a request is forwarded. */
export const template = z
  .string()
  .transform(parsedBy((value: string) => parseTemplate(value, 'request')))
  .meta({ title: 'template' });

/** A template whose value can stand in a header: no control characters, nothing beyond Latin-1 (RFC 9110 5.5). */
export const headerTemplate = z.string().transform(parsedBy(parseHeaderTemplate)).meta({ title: 'template' });

function parseHeaderTemplate(value: string): Template {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new MutualError(
      'config-invalid',
      'a header cannot hold line breaks, control characters or letters beyond Latin-1',
    );
  }
  const parsed = parseTemplate(value, 'request');
  if (parsed.parts.some((part) => 'variable' in part && part.variable === 'ssl_client_raw_cert')) {
    throw new MutualError(
      'config-invalid',
      '$ssl_client_raw_cert has line breaks and no header holds it: use $ssl_client_escaped_cert',
    );
  }
  return parsed;
}

/** The HeaderConfig of schema.ts, which in turn knows the section of `http` that is made of these. */
type Header = readonly [name: string, value: Template];

const headerName = z
  .string()
  .superRefine((value, context) => void parsedBy(parseHeaderName)(value, context))
  .meta({ title: 'header' });

/** Headers by name, in the order of the file. */
export const headers = z
  .record(headerName, headerTemplate)
  .transform((byName): Header[] => Object.entries(byName))
  .meta({ title: 'header: template' });

export const lane = z.enum(['auto', 'express', 'standard']);
