// The condition of an `if` (ngx_http_rewrite_module.c, ngx_http_rewrite_if_condition).

import { accessSync, constants, type Stats, statSync } from 'node:fs';
import type { HttpCondition } from '../../../config/http-schema.ts';
import { MutualError } from '../../../errors.ts';
import { toPath } from '../binary-text.ts';
import type { Request } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { compileRegex } from '../script/regex.ts';
import { matchesRegex } from './steps.ts';

/** @param prefix the folder of relative names of files */
export function compileCondition(
  { left, operator, right }: HttpCondition,
  compiler: Compiler,
  prefix: string,
): (request: Request) => boolean {
  const value = compiler.value(left);
  if (operator === 'true') {
    return (request) => {
      const text = value.of(request);
      return text !== '' && text !== '0';
    };
  }
  if (operator.includes('-')) return fileTest(operator, (request) => absolute(value.of(request), prefix));
  if (right === undefined) throw new MutualError('config-invalid', `a condition with "${operator}" needs \`right\``);
  if (operator === '=' || operator === '!=') {
    const other = compiler.value(right);
    const wanted = operator === '=';
    return (request) => (value.of(request) === other.of(request)) === wanted;
  }
  const matches = matchesRegex(value, compileRegex(right, operator.endsWith('*')));
  return operator.startsWith('!') ? (request) => !matches(request) : matches;
}

function absolute(name: string, prefix: string): string {
  return name.startsWith('/') ? name : `${prefix}/${name}`;
}

function fileTest(operator: string, nameOf: (request: Request) => string): (request: Request) => boolean {
  const negative = operator.startsWith('!');
  const test = tests[operator.at(-1) ?? ''] ?? (() => false);
  return (request) => test(nameOf(request)) !== negative;
}

const tests: Readonly<Record<string, (name: string) => boolean>> = {
  f: (name) => statusOf(name)?.isFile() === true,
  d: (name) => statusOf(name)?.isDirectory() === true,
  e: (name) => statusOf(name) !== undefined,
  x: (name) => {
    try {
      accessSync(toPath(name), constants.X_OK);
      return statusOf(name)?.isFile() === true;
    } catch {
      return false;
    }
  },
};

function statusOf(name: string): Stats | undefined {
  try {
    return name.includes('\0') ? undefined : statSync(toPath(name), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
