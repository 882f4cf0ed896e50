// "May this identity do this?" The policy and everything known of a request come in; a permit for one route goes
// out, or a denial that says why. Nothing else makes permits, and no way through here leaves a question out.

import type { VerifyMode } from '../../config/schema.ts';
import type { ErrorCode } from '../../errors.ts';
import type { InspectedHead } from '../accept/inspect.ts';
import type { Authentication } from '../authenticate/authentication.ts';
import { certificateFault, certificateText } from './certificate-fault.ts';
import { type Decision, type Denial, permitOf } from './decision.ts';
import type { ListenerPolicy, Policy, RoutePolicy, ServerPolicy } from './policy.ts';
import { Ambiguity } from './readings.ts';
import { findRule } from './rules.ts';
import { resolveTarget } from './target.ts';

export interface Question {
  /** `Connection.listener`. */
  readonly listener: string;
  /** The server block that the handshake was made for; undefined on a plain connection. */
  readonly tls: { readonly server: string; readonly serverName: string | undefined } | undefined;
  readonly authentication: Authentication;
  readonly request: InspectedHead;
}

export function authorize(policy: Policy, question: Question): Decision {
  const listener = policy.listeners.get(question.listener);
  // After a reload a connection may outlive its listener.
  if (listener === undefined) return denial(question, 'misdirected-request', 'this listener is no longer configured');
  const server = listener.serverFor(question.request.host);
  return (
    refuseOtherConnection(question, listener, server) ??
    refuseStranger(question, server, server.clients === 'required' ? 'required' : 'none') ??
    refuseDenied(question, question.authentication, server) ??
    authorizeOnServer(question, server)
  );
}

function authorizeOnServer(question: Question, server: ServerPolicy): Decision {
  const route = resolveTarget(question.request.path, server.routes);
  if (route === undefined || route instanceof Ambiguity) {
    // Only those whom the server admits learn what it serves and what not.
    return refuseStranger(question, server, server.clients) ?? noRoute(question, server, route);
  }
  return refuseStranger(question, server, route.guard.mode, route) ?? applyRules(question, server, route);
}

/**
 * RFC 9110 §7.4 and §15.5.20: a host whose server asks for certificates answers only on connections whose handshake
 * was made for that server, for the anchors of one say nothing to the other. nginx does the same
 * (ngx_http_set_virtual_server). Servers that ask for none may share a connection.
 */
function refuseOtherConnection(question: Question, listener: ListenerPolicy, server: ServerPolicy): Denial | undefined {
  const { tls, request } = question;
  if (tls === undefined) {
    if (server.config.tls === undefined) return undefined;
    return denial(question, 'plain-http-on-tls-port', 'plain HTTP for a server that has TLS', server);
  }
  if (tls.server === server.config.name) return undefined;
  const shaken = listener.servers.get(tls.server);
  if (shaken?.clients === 'none' && server.clients === 'none') return undefined;
  const sni = tls.serverName === undefined ? 'no SNI' : `SNI ${JSON.stringify(tls.serverName)}`;
  const reason =
    `host ${JSON.stringify(request.host)} belongs to server ${quoted(server)}, ` +
    `but the handshake (${sni}) was made for server ${JSON.stringify(tls.server)}`;
  return denial(question, 'misdirected-request', reason, server);
}

function refuseStranger(
  question: Question,
  server: ServerPolicy,
  mode: VerifyMode,
  route?: RoutePolicy,
): Denial | undefined {
  const fault = certificateFault(mode, question.authentication);
  return fault === undefined ? undefined : denial(question, fault.code, fault.reason, server, route);
}

/** `deny` is asked before `allow`, of the server before any route: a rule of either wins over all that would admit. */
function refuseDenied(
  question: Question,
  authentication: Authentication,
  server: ServerPolicy,
  route?: RoutePolicy,
): Denial | undefined {
  if (authentication.kind !== 'verified') return undefined;
  const { certificate } = authentication.identity;
  const rule = findRule((route ?? server).denials, certificate);
  if (rule === undefined) return undefined;
  const whose = route === undefined ? `server ${quoted(server)}` : `route ${quoted(route)}`;
  const reason = `rule ${rule.text} in \`deny\` of ${whose} refuses ${certificateText(certificate)}`;
  return { ...denial(question, 'not-allowed', reason, server, route), rule: rule.text };
}

function quoted({ config }: { readonly config: { readonly name: string } }): string {
  return JSON.stringify(config.name);
}

function noRoute(question: Question, server: ServerPolicy, route: Ambiguity | undefined): Denial {
  if (route !== undefined) return denial(question, 'target-ambiguous', route.reason, server);
  const path = JSON.stringify(question.request.path.slice(0, 200));
  return denial(question, 'route-not-found', `server ${quoted(server)} has no route for ${path}`, server);
}

function applyRules(question: Question, server: ServerPolicy, route: RoutePolicy): Decision {
  const { host, authority, target, path } = question.request;
  // Who asks no client for a certificate does not look at one either.
  const authentication = route.guard.mode === 'none' ? absent : question.authentication;
  const refused = refuseDenied(question, authentication, server, route);
  if (refused !== undefined) return refused;
  let rule: string | undefined;
  if (route.rules !== undefined) {
    const identity = authentication.kind === 'verified' ? authentication.identity : undefined;
    const found = identity === undefined ? undefined : findRule(route.rules, identity.certificate);
    if (found === undefined) {
      const who = identity === undefined ? 'a client without a certificate' : certificateText(identity.certificate);
      const reason = `no rule of route ${quoted(route)} allows ${who}`;
      return denial(question, 'not-allowed', reason, server, route);
    }
    rule = found.text;
  }
  return permitOf({ server: server.config, route: route.config, authentication, host, authority, target, path, rule });
}

const absent: Authentication = { kind: 'absent' };

function denial(
  question: Question,
  code: ErrorCode,
  reason: string,
  server?: ServerPolicy,
  route?: RoutePolicy,
): Denial {
  return {
    kind: 'denial',
    code,
    reason,
    authentication: question.authentication,
    rule: undefined,
    server: server?.config,
    route: route?.config,
    host: question.request.host,
  };
}
