// The JSON Schema of a configuration file, for editors and for the documentation. It knows every key and kind of
// value; what keys mean for one another, only `mutual check` knows.

import { z } from 'zod';
import { document } from './document/document.ts';

/** A JSON Schema (draft 2020-12), as far as this program reads it. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** What a file may hold before parsing: durations and sizes as texts, single values beside lists. */
export function configurationJsonSchema(): JsonSchema {
  return z.toJSONSchema(document, {
    io: 'input',
    target: 'draft-2020-12',
    // zod takes examples to be of what comes out of a transform; ours are of what goes in.
    override: ({ zodSchema, jsonSchema }) => {
      const examples: unknown = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) {
        jsonSchema.examples = examples;
      }
    },
  }) as JsonSchema;
}

/** The keys known at a place in a file, of every form that the value there can have. */
export function knownKeysAt(schema: JsonSchema, path: readonly (string | number)[]): string[] {
  let nodes = formsOf(schema, schema);
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      const below = typeof step === 'number' ? node.items : (node.properties?.[step] ?? node.additionalProperties);
      return typeof below === 'object' ? formsOf(schema, below) : [];
    });
  }
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

/** A schema with references followed and alternatives listed. */
export function formsOf(root: JsonSchema, node: JsonSchema): JsonSchema[] {
  if (node.$ref !== undefined) {
    const target = root.$defs?.[node.$ref.replace('#/$defs/', '')];
    return target === undefined ? [] : formsOf(root, target);
  }
  return node.anyOf === undefined ? [node] : node.anyOf.flatMap((form) => formsOf(root, form));
}
