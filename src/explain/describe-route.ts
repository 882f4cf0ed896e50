// A route in a few words: what it takes and what happens then.

import type { RouteConfig, ServerConfig } from '../config/schema.ts';

export function describeRoute({ name, action }: RouteConfig): string {
  return action.kind === 'upstream'
    ? `"${name}" to ${action.upstream}`
    : `"${name}", answered here with ${action.status}`;
}

/** More than these would hide the sentence that they stand in. */
const mostNames = 8;

export function routeNames({ routes }: ServerConfig): string {
  const names = routes.slice(0, mostNames).map(({ name }) => `"${name}"`);
  return [...names, ...(routes.length > mostNames ? ['…'] : [])].join(', ');
}
