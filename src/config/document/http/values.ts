// The values of the `http` section: durations and sizes as elsewhere, texts with nginx's variables, lists. What a text
// with variables holds is looked at when the section is compiled, for only then all variables are known.

import { z } from 'zod';
import { parseDuration } from '../../units.ts';
import { parsedBy } from '../scalars.ts';

/** Describes a key by the directive that it stands for. */
export function as<S extends z.ZodType>(schema: S, directive: string, more = ''): S {
  return schema.describe(`As nginx's \`${directive}\`${more === '' ? '' : `: ${more}`}.`);
}

/** Milliseconds; 0 allowed, and more than what timers hold. */
export const span = z
  .union([z.string(), z.number()])
  .transform(parsedBy((value: string | number) => parseDuration(String(value))))
  .meta({ title: 'duration' });

export const count = z.int().min(0);

export const flag = z.boolean();

/** A text in which `$name`, `${name}` and `$1` are replaced; there is no way to write a dollar sign, as in nginx. */
export const complex = z.string().meta({ title: 'text with variables' });

export const pair = z
  .strictObject({
    name: z.string().min(1).describe('Name.'),
    value: complex.describe('Value; a header whose value is empty is not sent.'),
  })
  .meta({
    id: 'HttpPair',
    description: 'A name and a value.',
    examples: [{ name: 'X-Real-IP', value: '$remote_addr' }],
  });

export const buffers = z
  .strictObject({ number: count.describe('How many.'), size: z.number().int().min(1).describe('Bytes of each.') })
  .meta({ id: 'HttpBuffers', description: 'Number and size of buffers.', examples: [{ number: 4, size: 8192 }] });
