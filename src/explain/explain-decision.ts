// What was decided, in words: where the question arrived, what was found out about the certificate and what `authorize`
// said come in; every step, the answer and how to mend it come out.

import type { ErrorCode } from '../errors.ts';
import type { Decision, Denial, Permit } from '../gateway/authorize/decision.ts';
import { identityTooLarge } from '../gateway/forward/headers/identity-headers.ts';
import type { Certificate } from '../x509/certificate.ts';
import { describeRoute, routeNames } from './describe-route.ts';
import { explainRules, ruleFor } from './explain-rules.ts';
import type { Place } from './place.ts';
import { serverStep } from './server-step.ts';
import type { Step } from './step.ts';

export interface Explained {
  readonly steps: readonly Step[];
  /** Undefined: nothing of this stage refuses it. */
  readonly code: ErrorCode | undefined;
  /** Why, as the end of the answer. */
  readonly text: string;
  readonly advice: string | undefined;
}

/** @param decision undefined where the handshake fails already */
export function explainDecision(
  place: Place,
  decision: Decision | undefined,
  checks: readonly Step[],
  certificate: Certificate,
): Explained {
  const server = serverStep(place, decision);
  const after = decision === undefined ? [] : stepsOf(place, decision, certificate);
  const steps = [server, ...checks, ...after];
  const unfit = after.find(({ name, outcome }) => name === 'headers' && outcome === 'failed');
  const code = decision?.kind === 'denial' ? decision.code : unfit && 'client-certificate-invalid';
  if (decision?.kind === 'permit' && code === undefined) {
    return { steps, code, text: whyAdmitted(place, decision, checks), advice: undefined };
  }
  const obstacle = steps.find(({ outcome }) => outcome === 'failed');
  const text = obstacle === undefined ? (decision as Denial).reason : ofTheCertificate(obstacle);
  return { steps, code, text, advice: obstacle?.advice };
}

function stepsOf(place: Place, decision: Decision, certificate: Certificate): Step[] {
  if (decision.kind === 'denial') return denialSteps(place, decision, certificate);
  const { route, authentication } = decision;
  const rule: Step =
    decision.rule === undefined
      ? { name: 'rule', outcome: 'ok', text: 'none is needed: the route has no `allow`' }
      : { name: 'rule', outcome: 'ok', text: decision.rule };
  const steps: Step[] = [{ name: 'route', outcome: 'ok', text: describeRoute(route) }, rule];
  if (route.action.kind !== 'upstream') return steps;
  const unfit = identityTooLarge(authentication, route.identityHeaders ?? decision.server.identityHeaders);
  if (unfit === undefined) return steps;
  const advice = 'issue a certificate with a shorter name, or send less of it (identityHeaders)';
  return [...steps, { name: 'headers', outcome: 'failed', text: unfit, advice }];
}

function denialSteps({ server, request }: Place, denial: Denial, certificate: Certificate): Step[] {
  const route = denial.route && { name: 'route' as const, outcome: 'ok' as const, text: describeRoute(denial.route) };
  switch (denial.code) {
    case 'route-not-found':
      return [
        {
          name: 'route',
          outcome: 'failed',
          text: `no route of ${server.name} takes ${request.path}`,
          advice: `add a route for it, or ask for a path of one that there is: ${routeNames(server)}`,
        },
      ];
    case 'target-ambiguous':
      return [{ name: 'route', outcome: 'failed', text: denial.reason, advice: 'ask for the path in its plain form' }];
    case 'not-allowed':
      return [...(route === undefined ? [] : [route]), ruleStep(denial, certificate)];
    default:
      return route === undefined ? [] : [route];
  }
}

function ruleStep({ route, server, rule, authentication }: Denial, certificate: Certificate): Step {
  if (rule !== undefined) {
    const where = route === undefined ? `server "${server?.name}"` : `route "${route.name}"`;
    const advice = 'take that rule out of `deny`, or give the client another certificate';
    return { name: 'rule', outcome: 'failed', text: `a rule in \`deny\` of ${where} holds for it: ${rule}`, advice };
  }
  const rules = route?.allow ?? [];
  if (rules.length === 0) {
    const advice = 'name under `allow` who may, or take the empty list away to admit every verified client';
    return { name: 'rule', outcome: 'failed', text: 'the route admits nobody (allow: [])', advice };
  }
  if (authentication.kind !== 'verified') {
    const advice = 'a route with `allow` needs a certificate: let the server ask for one';
    return { name: 'rule', outcome: 'failed', text: 'without a certificate no rule can hold', advice };
  }
  return {
    name: 'rule',
    outcome: 'failed',
    text: `no rule of route "${route?.name}" holds for it`,
    details: explainRules(rules, certificate),
    advice: `add a rule for it under \`allow\`: ${ruleFor(certificate)}`,
  };
}

function whyAdmitted({ handshake }: Place, { route, rule, authentication }: Permit, checks: readonly Step[]): string {
  if (handshake === undefined) return 'plain HTTP is spoken there, and whoever reaches it is let in';
  if (authentication.kind === 'verified') {
    return rule === undefined
      ? `the certificate counts, and route "${route.name}" takes every client whose does`
      : `the certificate counts, and a rule of route "${route.name}" holds: ${rule}`;
  }
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  const worth =
    failed === undefined ? '' : ` (where one is needed this one would not count: ${ofTheCertificate(failed)})`;
  return `nobody needs a certificate on route "${route.name}"${worth}`;
}

/** The steps speak of "it"; a sentence by itself has to say what. */
function ofTheCertificate({ text }: Step): string {
  return text
    .replace(/^it /, 'the certificate ')
    .replace(/^its /, "the certificate's ")
    .replace(/ for it$/, ' for the certificate');
}
