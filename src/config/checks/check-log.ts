// What access logs say of routes: under a name that no route has, the lines would be there that were to be left out.

import type { Finding } from '../config-error.ts';
import { routeLabel } from '../route-pattern.ts';
import { suggestion } from '../suggest.ts';
import { fieldsOf, itemsOf, oneOrMoreOf, textOf } from './raw.ts';

type Fields = Readonly<Record<string, unknown>>;

export function checkLog(document: Fields): Finding[] {
  const known = new Set(
    itemsOf(document.servers)
      .flatMap((server) => itemsOf(fieldsOf(server).routes))
      .map((route) => textOf(fieldsOf(route).name) ?? routeLabel(fieldsOf(route)))
      .filter((name) => name !== undefined),
  );
  return oneOrMoreOf(fieldsOf(document.log).access).flatMap(({ value, steps }) =>
    oneOrMoreOf(fieldsOf(fieldsOf(value).when).exceptRoutes).flatMap(({ value: route, steps: place }): Finding[] => {
      const name = textOf(route);
      if (name === undefined || known.has(name)) return [];
      const message = `no route is called "${name}"${suggestion(name, [...known])}`;
      return [{ path: ['log', 'access', ...steps, 'when', 'exceptRoutes', ...place], message }];
    }),
  );
}
