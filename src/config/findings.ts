// What zod found wrong, in the words of this program: zod issues in, findings out, one for each key that is wrong.

import type { z } from 'zod';
import type { Finding, KeyPath } from './config-error.ts';
import { configurationJsonSchema, knownKeysAt } from './json-schema.ts';
import { isPlannedKey } from './planned.ts';
import { suggestion } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Issues must have been made with `reportInput`. */
export function findingsOf(issues: readonly Issue[]): Finding[] {
  // To make the schema takes longer than to check a file with it.
  if (issues.length === 0) return [];
  const schema = configurationJsonSchema();
  return issues.flatMap((issue) => describeIssue(issue, [], (path) => knownKeysAt(schema, path)));
}

function describeIssue(issue: Issue, above: KeyPath, knownKeys: (path: KeyPath) => string[]): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => describeUnknownKey(path, key, knownKeys));
  }
  if (issue.code === 'invalid_union') {
    const [best] = fittingBranches(issue).toSorted((left, right) => rankOf(left) - rankOf(right));
    if (best !== undefined) {
      return best.flatMap((inner) => describeIssue(inner, path, knownKeys));
    }
    return [{ path, message: describeWrongKind(expectedKinds(issue), issue.input) }];
  }
  if (issue.code === 'custom' && issue.params?.unsupported === true) {
    return [{ path, message: issue.message, unsupported: true }];
  }
  return [{ path, message: describeSimple(issue), atKey: issue.code === 'invalid_key' }];
}

function describeUnknownKey(holder: KeyPath, key: string, knownKeys: (path: KeyPath) => string[]): Finding {
  const path = [...holder, key];
  if (isPlannedKey(holder, key)) {
    return { path, message: `"${key}" is not supported yet`, unsupported: true, atKey: true };
  }
  const known = knownKeys(holder);
  const advice = suggestion(key, known) || `, known here: ${known.join(', ')}`;
  return { path, message: `unknown key "${key}"${advice}`, atKey: true };
}

/** The branches whose kind of value was meant, so that only what is inside is wrong. */
function fittingBranches(issue: z.core.$ZodIssueInvalidUnion): Issue[][] {
  return issue.errors.filter((branch) => !branch.some(isWrongKind));
}

/** Few faults speak for a branch; a list of allowed words speaks against it when anything else could be meant. */
function rankOf(branch: readonly Issue[]): number {
  return branch.length + (branch.some(({ code, path }) => code === 'invalid_value' && path.length === 0) ? 0.5 : 0);
}

function isWrongKind(issue: Issue): boolean {
  if (issue.path.length > 0) {
    return false;
  }
  if (issue.code === 'invalid_value') {
    return issue.values.every((value) => typeof value !== typeof issue.input);
  }
  return issue.code === 'invalid_type' || (issue.code === 'invalid_union' && fittingBranches(issue).length === 0);
}

function expectedKinds(issue: z.core.$ZodIssueInvalidUnion): string[] {
  const kinds = issue.errors.flat().flatMap((inner) => {
    switch (inner.path.length === 0 ? inner.code : undefined) {
      case 'invalid_union':
        return expectedKinds(inner as z.core.$ZodIssueInvalidUnion);
      case 'invalid_type':
        return [(inner as z.core.$ZodIssueInvalidType).expected];
      case 'invalid_value':
        return (inner as z.core.$ZodIssueInvalidValue).values.map((value) => typeof value);
      default:
        return [];
    }
  });
  return [...new Set(kinds)];
}

function describeSimple(issue: Exclude<Issue, z.core.$ZodIssueUnrecognizedKeys>): string {
  switch (issue.code) {
    case 'invalid_type':
      return describeWrongKind([issue.expected], issue.input);
    case 'invalid_value': {
      const allowed = issue.values.map(String);
      const advice = suggestion(String(issue.input), allowed);
      const expected = allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`;
      return issue.input === undefined ? 'is missing' : `expected ${expected}, got ${printValue(issue.input)}${advice}`;
    }
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping of keys',
  record: 'a mapping of keys',
  array: 'a list',
};

function describeWrongKind(expected: readonly string[], input: unknown): string {
  if (input === undefined) {
    return 'is missing';
  }
  const wanted = expected.map((kind) => kindNames[kind] ?? kind).join(' or ');
  const got = input === null ? 'nothing' : printValue(input);
  const scalar = typeof input === 'number' || typeof input === 'boolean';
  const advice = scalar && expected.includes('string') ? ': put it in quotes' : '';
  return `expected ${wanted}, got ${got}${advice}`;
}

function printValue(value: unknown): string {
  if (Array.isArray(value)) {
    return 'a list';
  }
  return typeof value === 'object' && value !== null ? 'a mapping of keys' : JSON.stringify(value);
}
