// A path and the routes of a server come in, the one route goes out that the path belongs to however it is read. A
// path that another program could take for one of another route must never get past this place.

import { Ambiguity, readingsOf } from './readings.ts';

/** Where routes are looked up. */
export interface RouteSource<Route extends object> {
  choose(path: string): Route | undefined;
  /**
   * Whether a program that takes no notice of letter case could take `path` only for routes that let in nobody
   * whom `route` would refuse.
   */
  agreesInAnyCase(path: string, route: Route): boolean;
}

/**
 * Segments without anything that a reading could change, as nearly all paths are. A segment that begins with a dot
 * is looked at more closely.
 */
const plain = /^(?:\/[A-Za-z0-9_~!$&'()*+,:=@-][A-Za-z0-9_~!$&'()*+,:=@.-]*)*\/?$/;

/**
 * The route of a path; undefined where it has none; an Ambiguity where readings of the path belong to different
 * routes, or where the path is refused whatever the routes are.
 *
 * @param path of an origin-form target, without the query
 */
export function resolveTarget<Route extends object>(
  path: string,
  routes: RouteSource<Route>,
): Route | undefined | Ambiguity {
  if (plain.test(path) && path !== '') {
    const route = routes.choose(path);
    return route === undefined || routes.agreesInAnyCase(path, route) ? route : letterCase(path);
  }
  const readings = readingsOf(path);
  if (readings instanceof Ambiguity) return readings;
  const route = routes.choose(readings[0] as string);
  if (route === undefined) return undefined;
  for (const reading of readings) {
    if (routes.choose(reading) !== route) {
      return new Ambiguity(`read as ${JSON.stringify(reading.slice(0, 200))} the path belongs to another route`);
    }
    if (!routes.agreesInAnyCase(reading, route)) return letterCase(reading);
  }
  return route;
}

function letterCase(path: string): Ambiguity {
  return new Ambiguity(
    `without regard to letter case the path ${JSON.stringify(path.slice(0, 200))} belongs to a route that is guarded otherwise`,
  );
}
