// A server of the configuration in, with everything around it; the compiled server out.

import type { HttpLocation, HttpServerConfig, HttpServerSettings, HttpStep } from '../../../config/http-schema.ts';
import { formatListenAddress } from '../../../config/listen-address.ts';
import { toBinary } from '../binary-text.ts';
import { inherit, type Settings } from '../locations/inherit.ts';
import type { LocationConf } from '../locations/location-conf.ts';
import { type LocationTree, locationTree, type PlacedLocation } from '../locations/location-tree.ts';
import type { ServerConf } from '../locations/server-conf.ts';
import type { Request } from '../request.ts';
import { compileCondition } from '../rewrite/conditions.ts';
import type { Step } from '../rewrite/step.ts';
import { breakStep, ifStep, returnStep, rewriteStep, setStep } from '../rewrite/steps.ts';
import { compileRegex } from '../script/regex.ts';
import type { ServerTls } from '../tls/server-tls.ts';
import { compileLocation, type Place } from './compile-location.ts';
import type { Scope } from './scope.ts';

const noPlace: Place = {
  name: '',
  label: '',
  kind: 'server',
  named: false,
  steps: [],
  tryFiles: undefined,
  limitExcept: undefined,
  regex: undefined,
};

/** @param own its settings that hold for the whole server, and @param settings those for places, all inherited */
export function compileServer(
  server: HttpServerConfig,
  own: HttpServerSettings,
  settings: Settings,
  tls: ServerTls | undefined,
  scope: Scope,
): ServerConf<Request> {
  const named = new Map<string, LocationConf<Request>>();
  const tryFiles = server.tryFiles?.map((entry) => scope.compiler.value(entry));
  const outside = compileLocation(settings, { ...noPlace, tryFiles }, scope);
  const names = server.names ?? [''];
  return {
    name: displayName(names[0] ?? ''),
    label: labelOf(server),
    names,
    steps: compileSteps(server.steps ?? [], undefined, scope),
    tree: compileTree(server.locations ?? [], settings, named, scope),
    namedLocations: named,
    outside,
    headerTimeoutMs: own.clientHeaderTimeout ?? 60_000,
    headerBufferBytes: own.clientHeaderBufferSize ?? 1024,
    largeBuffers: own.largeClientHeaderBuffers ?? { number: 4, size: 8192 },
    maxHeaders: own.maxHeaders ?? (scope.since(29, 8) ? 1000 : Number.POSITIVE_INFINITY),
    ignoreInvalidHeaders: own.ignoreInvalidHeaders ?? true,
    underscoresInHeaders: own.underscoresInHeaders ?? false,
    mergeSlashes: own.mergeSlashes ?? true,
    http2: { concurrentStreams: own.http2MaxConcurrentStreams ?? 128, prereadBytes: 65_536 },
    tls,
  };
}

/** A server need not have a name, but listens somewhere. */
function labelOf({ names, listen }: HttpServerConfig): string {
  const [name = ''] = names ?? [];
  const [first] = listen;
  return name !== '' || first === undefined ? name : formatListenAddress(first.address);
}

function labelOfLocation({ exact, prefix, regex, named, final, ignoreCase }: HttpLocation): string {
  if (exact !== undefined) return `= ${exact}`;
  if (prefix !== undefined) return final === true ? `^~ ${prefix}` : prefix;
  if (regex !== undefined) return `${ignoreCase === true ? '~*' : '~'} ${regex}`;
  return named ?? '';
}

/** `.example.org` is called `example.org`; a wildcard and an expression by what they are. */
function displayName(name: string): string {
  return toBinary(name.startsWith('.') ? name.slice(1) : name);
}

function compileTree(
  locations: readonly HttpLocation[],
  around: Settings,
  named: Map<string, LocationConf<Request>>,
  scope: Scope,
): LocationTree<Request> {
  const placed: PlacedLocation<Request>[] = [];
  for (const location of locations) {
    const settings = inherit(around, settingsOf(location));
    const place = placeOf(location, settings, scope);
    const conf = compileLocation(settings, place, scope);
    if (location.named !== undefined) {
      named.set(toBinary(location.named), conf);
      continue;
    }
    placed.push({
      conf,
      path: place.name,
      exact: location.exact !== undefined,
      final: location.final === true,
      regex: place.regex,
      inner: compileTree(location.locations ?? [], settings, named, scope),
    });
  }
  return locationTree(placed);
}

function placeOf(location: HttpLocation, settings: Settings, scope: Scope): Place {
  const { exact, prefix, regex, named, ignoreCase } = location;
  const name = toBinary(exact ?? prefix ?? regex ?? named ?? '');
  const kind =
    exact !== undefined ? 'exact' : prefix !== undefined ? 'prefix' : regex !== undefined ? 'regex' : 'named';
  const label = labelOfLocation(location);
  const inside = { settings, name, label };
  const { limitExcept } = location;
  return {
    name,
    label,
    kind,
    named: kind === 'named',
    steps: compileSteps(location.steps ?? [], inside, scope),
    tryFiles: location.tryFiles?.map((entry) => scope.compiler.value(entry)),
    regex: regex === undefined ? undefined : compileRegex(regex, ignoreCase === true),
    limitExcept:
      limitExcept === undefined
        ? undefined
        : {
            methods: exceptedMethods(limitExcept.methods),
            conf: compileLocation(
              inherit(settings, limitExcept.settings, true),
              // No steps: as in nginx `return` and `if` of the location are for the methods that it excepts.
              { ...noPlace, name, label, kind },
              scope,
            ),
          },
  };
}

function exceptedMethods(methods: readonly string[]): Set<string> {
  const set = new Set(methods.map((method) => method.toUpperCase()));
  if (set.has('GET')) set.add('HEAD');
  return set;
}

/** @param inside the location that the steps stand in; undefined for those of a server */
function compileSteps(
  steps: readonly HttpStep[],
  inside: { readonly settings: Settings; readonly name: string; readonly label: string } | undefined,
  scope: Scope,
): Step<Request>[] {
  return steps.map((step): Step<Request> => {
    if (step === 'break') return breakStep;
    if ('set' in step) return setStep(step, scope.compiler);
    if ('rewrite' in step) return rewriteStep(step, scope.compiler);
    if ('return' in step) return returnStep(step, scope.compiler);
    const holds = compileCondition(step.if, scope.compiler, scope.config.prefix ?? '.');
    if (inside === undefined) return ifStep(holds, undefined, compileSteps(step.steps ?? [], undefined, scope));
    const settings = inherit(inside.settings, step.settings ?? {}, true);
    const conf = compileLocation(
      settings,
      { ...noPlace, name: inside.name, label: inside.label, kind: 'prefix' },
      scope,
    );
    return ifStep(holds, conf, compileSteps(step.steps ?? [], { ...inside, settings }, scope));
  });
}

const ownKeys: ReadonlySet<string> = new Set([
  'exact',
  'prefix',
  'final',
  'regex',
  'ignoreCase',
  'named',
  'tryFiles',
  'steps',
  'limitExcept',
  'locations',
]);

function settingsOf(location: HttpLocation): Settings {
  return Object.fromEntries(Object.entries(location).filter(([key]) => !ownKeys.has(key))) as Settings;
}
