// What is known of a route's headers before there is a request: compiled once for each route, when the
// configuration is taken into use.

import type { IdentityHeadersConfig, RouteConfig, ServerConfig } from '../../../config/schema.ts';
import type { Template } from '../../../config/template.ts';
import type { Exchange } from '../exchange.ts';
import type { VariableContext } from '../variables/reader.ts';
import { isConnectionConstant, variableReader } from '../variables.ts';
import type { GatewayFacts } from './conventions/convention.ts';
import { byteString } from './header-value.ts';
import { canonicalName } from './managed-names.ts';
import { createNameClassifier, type NameVerdict } from './name-classifier.ts';

/** A header that the operator sets on a route. */
export interface HeaderSetting {
  /** As the operator wrote it. */
  readonly name: string;
  /** The value as bytes, not yet made printable; empty: the header is left out. */
  readonly render: (exchange: Exchange, context: VariableContext) => string;
  /** Whether the value is the same for every request of a connection. */
  readonly constant: boolean;
}

export interface HeaderPlan {
  readonly identity: IdentityHeadersConfig;
  /** What some conventions tell of the gateway itself. */
  readonly gateway: GatewayFacts;
  /** Without those that always remove; each name once. */
  readonly settings: readonly HeaderSetting[];
  /** The operator's `Host`, if there is one. */
  readonly host: HeaderSetting | undefined;
  /** Is this a name (in any spelling) that the operator sets or removes, so that the gateway's own is left out? */
  readonly isSetByOperator: (name: string) => boolean;
  /** Whether every request is made part of a trace. */
  readonly beginsTrace: boolean;
  readonly classify: (name: string) => NameVerdict;
}

export function compileHeaderPlan(
  server: ServerConfig,
  route: RouteConfig,
  gateway: GatewayFacts = { uris: [] },
): HeaderPlan {
  // A name given twice, in whatever spelling, is sent once: the later one counts.
  const byName = new Map(route.headers.map(([name, template]) => [canonicalName(name), { name, template }]));
  const names: ReadonlySet<string> = new Set(byName.keys());
  const mode = server.traceparent ?? 'continue';
  const settings: HeaderSetting[] = [];
  let host: HeaderSetting | undefined;
  for (const [canonical, { name, template }] of byName) {
    if (template.parts.length === 0) continue;
    const setting = { name, render: compileTemplate(template), constant: isConstant(template) };
    if (canonical === 'host') host = setting;
    else settings.push(setting);
  }
  return {
    identity: route.identityHeaders ?? server.identityHeaders,
    gateway,
    settings,
    host,
    isSetByOperator: names.size === 0 ? () => false : (name) => names.has(canonicalName(name)),
    beginsTrace: mode === 'start' || mode === 'restart',
    classify: createNameClassifier(names, mode !== 'ignore'),
  };
}

/** A template as one function, its variables looked up once. */
export function compileTemplate(template: Template): (exchange: Exchange, context: VariableContext) => string {
  const parts = template.parts.map((part) => {
    if ('variable' in part) return variableReader(part.variable);
    const literal = byteString(part.literal);
    return () => literal;
  });
  return (exchange, context) => {
    let text = '';
    for (const part of parts) text += part(exchange, context);
    return text;
  };
}

function isConstant(template: Template): boolean {
  return template.parts.every((part) => 'literal' in part || isConnectionConstant(part.variable));
}
