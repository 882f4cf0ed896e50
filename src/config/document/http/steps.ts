// `steps` of a server or location: what nginx's rewrite module does before content is looked for, in the order of the
// file. `if` holds steps of its own, and in a location settings that take the place of the location's.

import { z } from 'zod';
import { settings } from './settings.ts';
import { complex } from './values.ts';

export const operators = [
  'true',
  '=',
  '!=',
  '~',
  '~*',
  '!~',
  '!~*',
  '-f',
  '!-f',
  '-d',
  '!-d',
  '-e',
  '!-e',
  '-x',
  '!-x',
] as const;

const condition = z
  .strictObject({
    left: complex.describe('What is looked at; for a test of files the name of the file.'),
    operator: z
      .enum(operators)
      .default('true')
      .describe('`true` holds when `left` is neither empty nor `0`; the others are as nginx writes them.'),
    right: z.string().optional().describe('What is compared with: a text with variables, or a regular expression.'),
  })
  .meta({
    id: 'HttpCondition',
    description: 'The condition of an `if`.',
    examples: [{ left: '$request_method', operator: '=', right: 'POST' }],
  });

const set = z
  .strictObject({
    set: z
      .string()
      .regex(/^\$\w+$/)
      .describe('The variable, with its dollar sign.'),
    value: complex.describe('Its value.'),
  })
  .meta({ id: 'HttpSet', description: 'Sets a variable.', examples: [{ set: '$kind', value: 'plain' }] });

const rewrite = z
  .strictObject({
    rewrite: z.string().describe('A regular expression that the URI is matched against.'),
    to: complex.describe('What takes its place.'),
    flag: z.enum(['last', 'break', 'redirect', 'permanent']).optional().describe("As nginx's flag of `rewrite`."),
  })
  .meta({
    id: 'HttpRewrite',
    description: 'Changes the URI.',
    examples: [{ rewrite: '^/old/(.*)$', to: '/new/$1', flag: 'permanent' }],
  });

const respond = z
  .strictObject({
    return: z.int().min(0).max(999).describe('The status; 444 closes the connection.'),
    text: complex.optional().describe('The body, or for 301, 302, 303, 307 and 308 where to go.'),
  })
  .meta({ id: 'HttpReturn', description: 'Answers at once.', examples: [{ return: 200, text: 'ok' }] });

const choice = z
  .strictObject({
    if: condition.describe('The condition.'),
    get steps(): z.ZodOptional<typeof steps> {
      return allSteps().optional().describe('What is done when it holds.');
    },
    settings: z
      .strictObject(settings)
      .meta({
        id: 'HttpIfSettings',
        description: 'Settings that hold in place of those of the location around.',
        examples: [{ proxyPass: 'http://127.0.0.1:8080' }],
      })
      .optional()
      .describe('Settings that then take the place of those of the location.'),
  })
  .meta({
    id: 'HttpIf',
    description: 'Does something on a condition.',
    examples: [{ if: { left: '$arg_x', operator: '~', right: '^a' }, steps: [{ return: 403 }] }],
  });

/** Made anew at each place, so that the schema of a file names the steps themselves and not their list. */
function allSteps(): z.ZodArray<z.ZodType<HttpStep, HttpStepDocument>> {
  const step = z.union([set, rewrite, respond, choice, z.literal('break')]);
  return z.array(step as unknown as z.ZodType<HttpStep, HttpStepDocument>);
}

export const steps = allSteps();

export type HttpCondition = z.output<typeof condition>;
export type HttpSettings = z.output<z.ZodObject<typeof settings>>;
export type HttpSettingsDocument = z.input<z.ZodObject<typeof settings>>;
export interface HttpIf {
  readonly if: HttpCondition;
  readonly steps?: readonly HttpStep[] | undefined;
  readonly settings?: HttpSettings | undefined;
}
export interface HttpIfDocument {
  if: z.input<typeof condition>;
  steps?: HttpStepDocument[] | undefined;
  settings?: HttpSettingsDocument | undefined;
}
export type HttpSet = z.output<typeof set>;
export type HttpRewrite = z.output<typeof rewrite>;
export type HttpReturn = z.output<typeof respond>;
export type HttpStep = HttpSet | HttpRewrite | HttpReturn | HttpIf | 'break';
export type HttpStepDocument = HttpSet | HttpRewrite | HttpReturn | HttpIfDocument | 'break';
