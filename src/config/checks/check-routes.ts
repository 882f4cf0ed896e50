// Routes: one match and one action each, no two alike, and only such demands on clients as the handshake can meet.

import { resolve } from 'node:path';
import type { Finding, KeyPath } from '../config-error.ts';
import { routeLabel } from '../route-pattern.ts';
import type { VerifyMode } from '../schema.ts';
import { suggestion } from '../suggest.ts';
import { isUpstreamUrl } from '../upstream-url.ts';
import { serverVerifyMode } from '../verify-mode.ts';
import { checkRepeatedHeaders } from './check-headers.ts';
import { checkRespond } from './check-respond.ts';
import { checkSocketPath } from './check-socket-path.ts';
import { fieldsOf, itemsOf, textOf } from './raw.ts';

type Fields = Readonly<Record<string, unknown>>;
type RulesKey = 'allow' | 'deny';

export function checkRoutes(document: Fields, folder: string): Finding[] {
  const upstreams = Object.keys(fieldsOf(document.upstreams));
  return itemsOf(document.servers).flatMap((server, serverIndex) => {
    const routes = itemsOf(fieldsOf(server).routes).map(fieldsOf);
    const verify = serverVerifyMode(server);
    const holder = ['servers', serverIndex];
    const base = [...holder, 'routes'];
    const { deny } = fieldsOf(server);
    const everywhere = [...checkHolding('deny', deny, verify, holder), ...checkRules('deny', deny, holder)];
    const alone = routes.flatMap((route, index) => {
      const path = [...base, index];
      return [
        ...checkChoices(route, path),
        ...checkClients(route, verify, path),
        ...checkRules('allow', route.allow, path),
        ...checkRules('deny', route.deny, path),
        ...checkUpstream(route.upstream, upstreams, folder, [...path, 'upstream']),
        ...checkRepeatedHeaders(route.headers, [...path, 'headers']),
        ...checkRespond(route, path),
      ];
    });
    return [...everywhere, ...alone, ...checkTwins(routes, base)];
  });
}

function checkChoices(route: Fields, path: KeyPath): Finding[] {
  return [
    ['path', 'exact', 'regex'],
    ['upstream', 'respond'],
  ].flatMap((keys): Finding[] => {
    const [first, second] = keys.filter((key) => route[key] !== undefined);
    const all = keys.join(keys.length === 2 ? ' and ' : ', ');
    if (first === undefined) {
      return [{ path, message: `a route has exactly one of ${all}; here is none` }];
    }
    return second === undefined
      ? []
      : [
          {
            path: [...path, second],
            message: `a route has exactly one of ${all}; here is ${first} already`,
            atKey: true,
          },
        ];
  });
}

function checkClients(route: Fields, verify: VerifyMode, path: KeyPath): Finding[] {
  const findings: Finding[] = [];
  const wanted = route.clients;
  if (verify === 'none' && (wanted === 'required' || wanted === 'optional')) {
    findings.push({
      path: [...path, 'clients'],
      message: 'this server asks no client for a certificate: give it `tls.clients` with `ca` and `verify: optional`',
    });
  }
  if (verify === 'required' && (wanted === 'optional' || wanted === 'none')) {
    findings.push({
      path: [...path, 'clients'],
      message:
        'the handshake refuses clients without a certificate before any route is known: set `tls.clients.verify: ' +
        'optional`, and `clients: required` on the other routes',
    });
  }
  const asked = wanted === 'none' ? 'none' : verify;
  return [
    ...findings,
    ...checkHolding('allow', route.allow, asked, path),
    ...checkHolding('deny', route.deny, asked, path),
  ];
}

function checkHolding(key: RulesKey, rules: unknown, verify: VerifyMode, path: KeyPath): Finding[] {
  if (rules === undefined || verify !== 'none') {
    return [];
  }
  const message =
    'no client certificate is asked for here, so no rule could ever hold: give the server `tls.clients` with `ca`';
  return [{ path: [...path, key], message, atKey: true }];
}

/** Without a key nothing is demanded, so that the rule would hold for everybody. */
function checkRules(key: RulesKey, rules: unknown, path: KeyPath): Finding[] {
  return itemsOf(rules).flatMap((rule, index): Finding[] => {
    const isEmpty = typeof rule === 'object' && rule !== null && Object.keys(rule).length === 0;
    return isEmpty
      ? [{ path: [...path, key, index], message: 'a rule without keys holds for everybody: name one' }]
      : [];
  });
}

function checkUpstream(value: unknown, upstreams: readonly string[], folder: string, path: KeyPath): Finding[] {
  const target = textOf(value);
  if (target === undefined || target === '' || upstreams.includes(target)) {
    return [];
  }
  if (!isUpstreamUrl(target)) {
    const known = upstreams.length === 0 ? 'there is none' : `known are ${upstreams.join(', ')}`;
    return [{ path, message: `unknown upstream "${target}"${suggestion(target, upstreams) || `: ${known}`}` }];
  }
  if (/^https:/i.test(target)) {
    const advice = 'define it under `upstreams`, with `tls: { ca: … }` to verify it by';
    return [{ path, message: `an https upstream cannot be given as a URL here: ${advice}` }];
  }
  const socket = /^(?:http\+)?unix:(.+)/s.exec(target)?.[1];
  return socket === undefined ? [] : checkSocketPath(resolve(folder, socket), path);
}

/** Two routes of one kind and text, of which only the first could ever match; or two that logs could not tell apart. */
function checkTwins(routes: readonly Fields[], path: KeyPath): Finding[] {
  const labels = new Set<string>();
  const names = new Set<string>();
  return routes.flatMap((route, index): Finding[] => {
    const label = routeLabel(route);
    const given = textOf(route.name);
    const name = given ?? label;
    const findings: Finding[] = [];
    if (labels.has(label)) {
      const message = `there is a route "${label}" already: only the first could ever match`;
      findings.push({ path: [...path, index], message });
    } else if (names.has(name)) {
      const at = given === undefined ? [] : ['name'];
      findings.push({ path: [...path, index, ...at], message: `there is a route named "${name}" already` });
    }
    for (const [text, known] of [
      [label, labels],
      [name, names],
    ] as const) {
      if (text !== '') {
        known.add(text);
      }
    }
    return findings;
  });
}
