// The rewrite module's directives as they run: each step looks at the request and changes it, or ends the phase (nginx's
// ngx_http_rewrite_module.c and ngx_http_script.c).

import type { HttpReturn, HttpRewrite, HttpSet } from '../../../config/http-schema.ts';
import { toBinary } from '../binary-text.ts';
import type { LocationConf } from '../locations/location-conf.ts';
import { escapeUri, unescapeRedirect } from '../parse/escape-uri.ts';
import { type Request, setUri } from '../request.ts';
import type { Compiler } from '../script/compiler.ts';
import { compileRegex, type Regex } from '../script/regex.ts';
import { constantValue, type Part, partsOf, type Value } from '../script/value.ts';
import { assignVariable } from './assign-variable.ts';
import type { Step, StepResult } from './step.ts';

export function runSteps(steps: readonly Step<Request>[], request: Request): StepResult<Request> {
  for (const step of steps) {
    const result = step(request);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** A step `break`: the URI as it is now stays, and the location with it. */
export function breakStep(request: Request): StepResult<Request> {
  request.uriChanged = false;
  return 'stop';
}

export function setStep({ set, value: text }: HttpSet, compiler: Compiler): Step<Request> {
  const name = set.slice(1).toLowerCase();
  const value = compiler.value(text);
  return (request) => {
    assignVariable(request, name, value.of(request));
    return undefined;
  };
}

export function returnStep({ return: status, text }: HttpReturn, compiler: Compiler): Step<Request> {
  const value = text === undefined ? undefined : compiler.value(text);
  const answer = { status, text: value };
  return () => answer;
}

export function ifStep(
  holds: (request: Request) => boolean,
  conf: LocationConf<Request> | undefined,
  steps: readonly Step<Request>[],
): Step<Request> {
  return (request) => {
    if (!holds(request)) return undefined;
    if (conf !== undefined) request.location = conf;
    return runSteps(steps, request);
  };
}

export function rewriteStep({ rewrite, to, flag }: HttpRewrite, compiler: Compiler): Step<Request> {
  const regex = compileRegex(rewrite, false);
  const redirect =
    flag === 'permanent' ? 301 : flag === 'redirect' || /^(?:https?:\/\/|\$scheme)/.test(to) ? 302 : undefined;
  const addArgs = !to.endsWith('?');
  const target = addArgs ? to : to.slice(0, -1);
  const question = target.indexOf('?');
  const path = captureValue(question === -1 ? target : target.slice(0, question), compiler, redirect !== undefined);
  const args = question === -1 ? undefined : captureValue(target.slice(question + 1), compiler, true);
  return (request) => {
    if (!regex.exec(request, request.uri)) return undefined;
    const newPath = path.of(request);
    const newArgs = args?.of(request);
    if (redirect !== undefined) {
      return { status: redirect, text: constantValue(redirectTarget(request, newPath, newArgs, addArgs)) };
    }
    request.internal = true;
    request.validUnparsedUri = false;
    if (flag === 'break') {
      request.validLocation = false;
      request.uriChanged = false;
    } else request.uriChanged = true;
    if (newArgs !== undefined) {
      request.args = addArgs && request.args !== '' ? `${newArgs}&${request.args}` : newArgs;
    } else if (!addArgs) request.args = '';
    if (newPath === '') return { status: 500, text: undefined };
    setUri(request, newPath);
    return flag === 'last' || flag === 'break' ? 'stop' : undefined;
  };
}

function redirectTarget(request: Request, path: string, args: string | undefined, addArgs: boolean): string {
  const whole = unescapeRedirect(args === undefined ? path : `${path}?${args}`);
  if (!addArgs || request.args === '') return whole;
  return `${whole}${args === undefined ? '?' : '&'}${request.args}`;
}

/** Groups are escaped in arguments and redirects, where the target had anything undecoded. */
function captureValue(text: string, compiler: Compiler, escaped: boolean): Value<Request> {
  const parts = partsOf(toBinary(text));
  if (!parts.some((part) => typeof part === 'object' && 'capture' in part)) return compiler.value(text);
  const values = parts.map((part) => partValue(part, compiler, escaped));
  return {
    source: text,
    constant: undefined,
    of: (request) => values.map((value) => value.of(request)).join(''),
  };
}

function partValue(part: Part, compiler: Compiler, escaped: boolean): Value<Request> {
  if (typeof part === 'string') return constantValue(part);
  if ('variable' in part) return compiler.value(`\${${part.variable}}`);
  const { capture } = part;
  return {
    source: `$${capture}`,
    constant: undefined,
    of(request) {
      const text = request.captures[capture] ?? '';
      return escaped && (request.quotedUri || request.plusInUri) ? escapeUri(text, 'args') : text;
    },
  };
}

export function matchesRegex(value: Value<Request>, regex: Regex): (request: Request) => boolean {
  return (request) => regex.exec(request, value.of(request));
}
