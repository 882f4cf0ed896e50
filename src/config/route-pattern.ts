// What a route matches: paths and regular expressions, checked when they are read. A path that no request could ever
// have after normalisation is refused, and so is an expression that one request could keep busy for minutes.

import { MutualError } from '../errors.ts';

/** A path as it looks after normalisation: it begins with `/` and has nothing encoded. Throws `config-invalid`. */
export function parseRoutePath(path: string): string {
  const fault = pathFault(path);
  if (fault !== undefined) {
    throw new MutualError('config-invalid', `"${path}" can never match: ${fault}`);
  }
  return path;
}

/** The name that a route has in logs when it is given none: nginx's way of writing the three kinds. */
export function routeLabel(route: { path?: unknown; exact?: unknown; regex?: unknown }): string {
  if (typeof route.exact === 'string') {
    return `= ${route.exact}`;
  }
  return typeof route.regex === 'string' ? `~ ${route.regex}` : String(route.path ?? '');
}

function pathFault(path: string): string | undefined {
  if (!path.startsWith('/')) {
    return 'a path begins with /';
  }
  if (path.includes('%')) {
    return 'paths are compared decoded, write the character itself in place of the % code';
  }
  if (/[?#]/.test(path)) {
    return 'only the path is compared, without ? and #';
  }
  if (path.includes('//')) {
    return 'requests with // are refused, write a single /';
  }
  if (/\/\.{1,2}(\/|$)/.test(path)) {
    return 'requests with . or .. as a segment are refused';
  }
  if (/[\\\0-\x1f\x7f]/.test(path)) {
    return 'requests with a backslash or a control character are refused';
  }
  if (path.endsWith('*')) {
    return `there are no wildcards here, and \`path\` is a prefix already: write "${path.replace(/\*+$/, '')}"`;
  }
  return undefined;
}

/**
 * A route's regular expression, with JavaScript's syntax, neither anchored nor case-insensitive by itself. Throws
 * `config-invalid` when it does not compile or when a repeated group holds a repetition or an alternative, as in
 * `(a+)+` or `(a|aa)*`: such an expression can take exponential time on a path made for it. That is stricter than
 * need be, and simple. Repetitions that merely follow each other are not refused; their time is a power of the length
 * of the path, which `maxHeadBytes` limits.
 */
export function parseRouteRegex(source: string): RegExp {
  let regex: RegExp;
  try {
    regex = new RegExp(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^.*: /s, '') : 'unknown';
    throw new MutualError('config-invalid', `the regular expression does not compile: ${reason}`, { cause });
  }
  if (repeatsVariableGroup(source)) {
    throw new MutualError(
      'config-invalid',
      'the regular expression repeats a group that holds a repetition or an alternative, so that one request could ' +
        'take minutes: use a character class, as in [a-z/]*, or several routes',
    );
  }
  return regex;
}

const tokenPattern =
  /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[^>]*>|[a-z-]*:))?|\)|(?:[*+?]|\{\d+(?:,\d*)?\})\??|./gs;

/** Whether a group that may match several times can match in several ways: by a quantifier or by `|` inside. */
function repeatsVariableGroup(source: string): boolean {
  const outer: boolean[] = [];
  let variable = false;
  let closedVariable = false;
  for (const [token] of source.matchAll(tokenPattern)) {
    if (token.startsWith('(')) {
      outer.push(variable);
      variable = false;
    } else if (/^[*+?{]/.test(token) && token !== '{') {
      if (closedVariable && !/^(\?|\{[01]\}|\{[01],1\})/.test(token)) {
        return true;
      }
      variable ||= !/^\{\d+\}/.test(token);
    } else if (token === '|') {
      variable = true;
    }
    closedVariable = token === ')' && variable;
    if (token === ')') {
      variable = (outer.pop() ?? false) || variable;
    }
  }
  return false;
}
