// The variables that need no definition, by name.

import { proxyVariables } from '../proxy/proxy-variables.ts';
import type { Request } from '../request.ts';
import type { Getter } from '../script/value.ts';
import { requestFamilies, requestVariables } from './request-variables.ts';
import { responseFamilies, responseVariables } from './response-variables.ts';
import { tlsVariables } from './tls-variables.ts';

const exact = new Map<string, Getter<Request>>(
  [requestVariables, responseVariables, tlsVariables, proxyVariables].flatMap((table) => Object.entries(table)),
);
const families = [...Object.entries(requestFamilies), ...Object.entries(responseFamilies)];

/** @param name lower case, without `$` */
export function builtinVariable(name: string): Getter<Request> | undefined {
  const one = exact.get(name);
  if (one !== undefined) return one;
  const family = families.find(([prefix]) => name.startsWith(prefix) && name.length > prefix.length);
  return family === undefined ? undefined : family[1](name.slice(family[0].length));
}
