// The routes of one server come in; a table that chooses by path goes out: the exact one, else the first regular
// expression of the file that matches, else the longest prefix. A prefix is a plain string, as in nginx: `/admin`
// takes `/admin.json` and `/adminx` too, so that a guard on it covers them.

import type { MatchConfig } from '../../config/schema.ts';
import { type Guard, guardCovers } from './guard.ts';
import { foldBytes, foldCase } from './letter-case.ts';
import { createLookup, type LookupEntries } from './route-lookup.ts';
import type { RouteSource } from './target.ts';

interface Routed {
  readonly match: MatchConfig;
  readonly guard: Guard;
}

/** @param routes in the order of the file; their paths are text, nothing in them is percent-encoded */
export function createRouteTable<Route extends Routed>(routes: readonly Route[]): RouteSource<Route> {
  const choose = createLookup(entriesOf(routes, (path) => path, ''));
  const [first] = routes;
  const areGuardedAlike = routes.every(
    ({ guard }) => first !== undefined && guardCovers(first.guard, guard) && guardCovers(guard, first.guard),
  );
  if (areGuardedAlike) return { choose, agreesInAnyCase: () => true };

  const chooseFolded = createFoldedLookup(routes);
  const isFolded = routes.every(({ match }) => match.kind !== 'regex' && match.path === foldCase(match.path));
  return {
    choose,
    agreesInAnyCase(path, route) {
      // Nothing to fold on either side: the answer would be `route` again.
      if (isFolded && !/[^\0-@[-\x7f]/.test(path)) return true;
      const others = chooseFolded(foldBytes(path));
      if (others === undefined || others.includes(route)) return true;
      return others.every(({ guard }) => guardCovers(route.guard, guard));
    },
  };
}

/** All routes that a path may belong to when letter case is ignored: several where they differ in nothing else. */
function createFoldedLookup<Route extends Routed>(
  routes: readonly Route[],
): (path: string) => readonly Route[] | undefined {
  const { exact, prefix, regex } = entriesOf(routes, foldBytes, 'i');
  return createLookup({
    exact: gathered(exact),
    prefix: gathered(prefix),
    regex: regex.map(([pattern, route]) => [pattern, [route]]),
  });
}

function gathered<Route>(entries: readonly (readonly [string, Route])[]): (readonly [string, readonly Route[]])[] {
  const byPath = Map.groupBy(entries, ([path]) => path);
  return [...byPath].map(([path, same]) => [path, same.map(([, route]) => route)]);
}

function entriesOf<Route extends Routed>(
  routes: readonly Route[],
  form: (path: string) => string,
  flags: '' | 'i',
): LookupEntries<Route> {
  const exact: [string, Route][] = [];
  const prefix: [string, Route][] = [];
  const regex: [RegExp, Route][] = [];
  for (const route of routes) {
    const { match } = route;
    if (match.kind === 'regex') regex.push([new RegExp(match.source, flags), route]);
    else for (const path of spellings(match.path)) (match.kind === 'exact' ? exact : prefix).push([form(path), route]);
  }
  return { exact, prefix, regex };
}

/**
 * How a path of the file looks in a request before and after decoding, in bytes: a path with a space must be found
 * both as `%20` and as itself, or no request for it could ever be unambiguous.
 */
function spellings(path: string): readonly string[] {
  const decoded = Buffer.from(path, 'utf8').toString('latin1');
  const encoded = encodeURI(path.toWellFormed());
  return decoded === encoded ? [decoded] : [decoded, encoded];
}
