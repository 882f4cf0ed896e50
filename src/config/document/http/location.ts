// `locations` of a server: which URIs they are for, and what happens there.

import { z } from 'zod';
import { text } from '../scalars.ts';
import { settings } from './settings.ts';
import { type HttpSettings, type HttpSettingsDocument, type HttpStep, type HttpStepDocument, steps } from './steps.ts';
import { as, complex, flag } from './values.ts';

const limitExcept = z
  .strictObject({
    methods: z.array(text).min(1).describe('The methods that are not limited.'),
    settings: z
      .strictObject(settings)
      .meta({
        id: 'HttpLimitSettings',
        description: 'Settings for the methods that are limited.',
        examples: [{ access: [{ deny: 'all' }] }],
      })
      .describe('What holds for all others.'),
  })
  .meta({
    id: 'HttpLimitExcept',
    description: 'Limits methods.',
    examples: [{ methods: ['GET'], settings: { access: [{ deny: 'all' }] } }],
  });

const location = z
  .strictObject({
    exact: text.optional().describe("This URI alone: nginx's `=`."),
    prefix: text.optional().describe('URIs that begin so; the longest prefix wins.'),
    final: flag.optional().describe("With `prefix`: no regular expression is asked any more; nginx's `^~`."),
    regex: text.optional().describe("A regular expression, asked in the order of the file: nginx's `~`."),
    ignoreCase: flag.optional().describe("With `regex`: without regard to case; nginx's `~*`."),
    named: z
      .string()
      .regex(/^@/)
      .optional()
      .describe("A name that `tryFiles` and `errorPages` lead to: nginx's `@name`."),
    internal: as(flag.optional(), 'internal'),
    alias: as(complex.optional(), 'alias'),
    tryFiles: as(z.array(complex).min(2).optional(), 'try_files'),
    steps: steps
      .optional()
      .describe('What the rewrite module does, in this order: `set`, `if`, `rewrite`, `return`, `break`.'),
    limitExcept: as(limitExcept.optional(), 'limit_except'),
    get locations(): z.ZodOptional<z.ZodArray<z.ZodType<HttpLocation, HttpLocationDocument>>> {
      return z.array(httpLocation).optional().describe('Locations within it.');
    },
    ...settings,
  })
  .meta({
    id: 'HttpLocation',
    description:
      'A location: exactly one of `exact`, `prefix`, `regex` and `named`. The other keys are settings, which take the ' +
      'place of those of the server.',
    examples: [
      {
        prefix: '/',
        proxyPass: 'http://127.0.0.1:3000',
        proxySetHeaders: [{ name: 'Host', value: '$host' }],
      },
    ],
  });

export const httpLocation = location as unknown as z.ZodType<HttpLocation, HttpLocationDocument>;

type Own<Steps, Settings, Location> = {
  exact?: string | undefined;
  prefix?: string | undefined;
  final?: boolean | undefined;
  regex?: string | undefined;
  ignoreCase?: boolean | undefined;
  named?: string | undefined;
  internal?: boolean | undefined;
  alias?: string | undefined;
  tryFiles?: string[] | undefined;
  steps?: Steps[] | undefined;
  limitExcept?: { methods: string[]; settings: Settings } | undefined;
  locations?: Location[] | undefined;
};
export interface HttpLocation extends HttpSettings, Own<HttpStep, HttpSettings, HttpLocation> {}
export interface HttpLocationDocument
  extends HttpSettingsDocument,
    Own<HttpStepDocument, HttpSettingsDocument, HttpLocationDocument> {}
