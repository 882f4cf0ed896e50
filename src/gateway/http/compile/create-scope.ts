// What the section defines by name, made ready: variables, zones, formats, upstreams.

import type { HttpConfig, HttpStep, HttpUpstreamConfig } from '../../../config/http-schema.ts';
import { connectionZone } from '../access/limit-connections.ts';
import { requestZone } from '../access/limit-requests.ts';
import { createErrorLog } from '../log/error-log.ts';
import type { LogFiles } from '../log/log-files.ts';
import { createUpstreamGroup, type UpstreamGroup } from '../proxy/upstream-group.ts';
import type { Request } from '../request.ts';
import { createCompiler } from '../script/compiler.ts';
import { namesOfRegex } from '../script/regex.ts';
import type { Getter } from '../script/value.ts';
import { builtinVariable } from '../variables/builtin-variable.ts';
import { defineGeo } from '../variables/define-geo.ts';
import { defineMap } from '../variables/define-map.ts';
import { defineSplit } from '../variables/define-split.ts';
import type { Scope } from './scope.ts';

export function createScope(
  config: HttpConfig,
  given: Pick<Scope, 'since' | 'absolute' | 'configured'> & { readonly files: LogFiles; readonly now: () => number },
): { readonly scope: Scope; readonly groups: ReadonlyMap<string, UpstreamGroup> } {
  const { files, now, since } = given;
  const compiler = createCompiler(builtinVariable);
  // Names first: what is defined may speak of what is defined after it.
  for (const name of namesSet(config)) {
    if (builtinVariable(name) === undefined) compiler.define(name, (request) => request.variables.get(name));
  }
  const definitions: [variable: string, make: () => Getter<Request>][] = [
    ...config.maps.map((map): [string, () => Getter<Request>] => [map.variable, () => defineMap(map, compiler)]),
    ...config.geos.map((geo): [string, () => Getter<Request>] => [geo.variable, () => defineGeo(geo, compiler)]),
    ...config.splits.map((split): [string, () => Getter<Request>] => [
      split.variable,
      () => defineSplit(split, compiler),
    ]),
  ];
  const made = definitions.map(([variable, make]) => {
    const slot: { getter: Getter<Request> } = { getter: () => undefined };
    compiler.define(variable.slice(1).toLowerCase(), (request) => slot.getter(request));
    return { slot, make };
  });
  for (const { slot, make } of made) slot.getter = make();

  const groups = new Map<string, UpstreamGroup>();
  const defined = new Map(Object.entries(config.upstreams));
  const upstream = (host: string, secure: boolean): UpstreamGroup => {
    const key = `${host} ${secure}`;
    const known = groups.get(key);
    if (known !== undefined) return known;
    const group = makeGroup(host, secure);
    groups.set(key, group);
    return group;
  };
  function makeGroup(host: string, secure: boolean): UpstreamGroup {
    const own = defined.get(host);
    const keepalive = since(29, 7) ? 32 : undefined;
    const description = own ?? implicit(host, keepalive);
    return createUpstreamGroup(
      host,
      own === undefined || own.keepalive !== undefined ? description : { ...own, keepalive },
      { defaultPort: secure ? 443 : 80, compiler, now },
    );
  }
  const scope: Scope = {
    config,
    compiler,
    requestZones: new Map(
      config.requestZones.map(({ name, key, rate }) => [name, requestZone(name, compiler.value(key), rate)]),
    ),
    connectionZones: new Map(
      config.connectionZones.map(({ name, key }) => [name, connectionZone(name, compiler.value(key))]),
    ),
    logFormats: new Map(Object.entries(config.logFormats)),
    files,
    upstream,
    passingUpstream: (host, secure) => groups.get(`${host} ${secure}`) ?? makeGroup(host, secure),
    defined: new Set(defined.keys()),
    errorLog: (logs) =>
      createErrorLog(
        logs.map(({ file, level }) => ({ writer: files.open(given.absolute(file)), level })),
        now,
      ),
    since,
    absolute: given.absolute,
    configured: given.configured,
  };
  return { scope, groups };
}

function implicit(host: string, keepalive: number | undefined): HttpUpstreamConfig {
  return {
    servers: [
      { address: host, weight: 1, maxConnections: 0, maxFails: 1, failTimeout: 10_000, backup: false, down: false },
    ],
    balance: 'round-robin',
    keepalive,
    keepaliveRequests: 1000,
    keepaliveTime: 3_600_000,
    keepaliveTimeout: 60_000,
  };
}

/** Every variable that a step or an expression sets. */
function namesSet(config: HttpConfig): Set<string> {
  const names = new Set<string>();
  const addRegex = (source: string): void => {
    for (const name of namesOfRegex(source)) names.add(name);
  };
  const visitSteps = (steps: readonly HttpStep[] = []): void => {
    for (const step of steps) {
      if (step === 'break') continue;
      if ('set' in step) names.add(step.set.slice(1).toLowerCase());
      else if ('rewrite' in step) addRegex(step.rewrite);
      else if ('if' in step) {
        if (step.if.operator.includes('~')) addRegex(step.if.right ?? '');
        visitSteps(step.steps);
      }
    }
  };
  type Located = NonNullable<HttpConfig['servers'][number]['locations']>[number];
  const visitLocation = (location: Located): void => {
    if (location.regex !== undefined) addRegex(location.regex);
    visitSteps(location.steps);
    for (const inner of location.locations ?? []) visitLocation(inner);
  };
  for (const server of config.servers) {
    for (const name of server.names ?? []) if (name.startsWith('~')) addRegex(name);
    visitSteps(server.steps);
    for (const location of server.locations ?? []) visitLocation(location);
  }
  for (const { entries } of config.maps) for (const { when } of entries) if (when.startsWith('~')) addRegex(when);
  return names;
}
