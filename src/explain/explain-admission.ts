// Would this certificate be admitted, by which rule, and if not, what stands in the way first? A certificate and what a
// start would put in force come in; an answer in plain words goes out. Asks what the gateway asks, in its order.

import type { ErrorCode } from '../errors.ts';
import type { Authentication } from '../gateway/authenticate/authentication.ts';
import { authenticate, reject } from '../gateway/authenticate/certificate.ts';
import { authorize } from '../gateway/authorize/authorize.ts';
import { handshakeFault } from '../gateway/authorize/certificate-fault.ts';
import type { Decision } from '../gateway/authorize/decision.ts';
import type { Standing } from '../gateway/client-status.ts';
import { refusalStatus } from '../gateway/forward/refusal.ts';
import type { Generation } from '../gateway/generation.ts';
import type { Certificate } from '../x509/certificate.ts';
import { checkClient } from './check-client.ts';
import { explainDecision } from './explain-decision.ts';
import { choosePlace, type Place, type Target } from './place.ts';
import type { Step } from './step.ts';

export interface AdmissionQuestion extends Target {
  readonly generation: Generation;
  /** The client's certificate, then what it would send with it. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  /** What a responder says of the client (`askStanding`); absent: none was asked. */
  readonly standing?: Standing | undefined;
  readonly now: Date;
}

export interface AdmissionAnswer {
  readonly admitted: boolean;
  readonly url: string;
  readonly listener: string;
  /** The server that the host belongs to. */
  readonly server: string;
  /** The route that the path belongs to, as far as the question got. */
  readonly route: string | undefined;
  /** The `allow` rule that admits the client; undefined where none is needed, or none holds. */
  readonly rule: string | undefined;
  /** Whether the upstream is told who the client is. */
  readonly identified: boolean;
  readonly refusal: Refusal | undefined;
  /** In the order in which they are told. */
  readonly steps: readonly Step[];
  /** One sentence: the answer. */
  readonly text: string;
  /** One sentence: how to mend it. Undefined where it is admitted. */
  readonly advice: string | undefined;
}

export interface Refusal {
  /** As it stands in the log and in the body of the answer. */
  readonly code: ErrorCode;
  /** What the client is answered; undefined: nothing, the handshake fails. */
  readonly status: number | undefined;
}

/** @throws MutualError `usage` where no client could ask so */
export function explainAdmission(question: AdmissionQuestion): AdmissionAnswer {
  const place = choosePlace(question.generation, question);
  const checks = checksOf(question, place);
  const authentication = authenticationOf(question, place, checks);
  const clients = place.handshake?.tls?.clients;
  const inHandshake = clients && handshakeFault(clients, authentication);
  const decision = inHandshake === undefined ? decide(question.generation, place, authentication) : undefined;
  const explained = explainDecision(place, decision, checks, question.chain[0]);
  const { steps, text, advice } = explained;
  const code = inHandshake?.code ?? explained.code;
  const refusal = code && { code, status: inHandshake === undefined ? refusalStatus(code) : undefined };
  const permit = decision?.kind === 'permit' && refusal === undefined ? decision : undefined;
  return {
    admitted: permit !== undefined,
    url: urlOf(place),
    listener: place.listen.key,
    server: place.server.name,
    route: decision?.route?.name,
    rule: permit?.rule,
    identified: permit?.authentication.kind === 'verified',
    refusal,
    steps,
    text: refusal === undefined ? `admitted: ${text}` : `refused ${wayOf(refusal)}: ${text}`,
    advice,
  };
}

/** None where the handshake asks for no certificate: it is not sent then. */
function checksOf({ generation, chain, standing, now }: AdmissionQuestion, { handshake }: Place): Step[] {
  const clients = handshake?.tls?.clients;
  const trust = generation.trusts.get(handshake?.name ?? '');
  const credentials = generation.credentials.servers.get(handshake?.name ?? '');
  if (handshake === undefined || clients === undefined || trust === undefined || credentials === undefined) return [];
  return checkClient({ chain, clients, credentials, trust, standing, now });
}

function authenticationOf({ chain, now }: AdmissionQuestion, place: Place, checks: readonly Step[]): Authentication {
  const [certificate] = chain;
  if ((place.handshake?.tls?.clients.verify ?? 'none') === 'none') return authenticate(undefined, now.getTime());
  if (checks.some(({ outcome }) => outcome === 'failed')) return reject(certificate, 'UNSPECIFIED');
  return authenticate({ certificate, authorized: true, verifyError: undefined }, now.getTime());
}

function decide(generation: Generation, place: Place, authentication: Authentication): Decision {
  const { listen, handshake, serverName, request } = place;
  return authorize(generation.policy, {
    listener: listen.key,
    tls: handshake && { server: handshake.name, serverName },
    authentication,
    request,
  });
}

function urlOf({ handshake, request }: Place): string {
  return `${handshake === undefined ? 'http' : 'https'}://${request.authority}${request.target}`;
}

function wayOf({ status }: Refusal): string {
  return status === undefined ? 'in the TLS handshake' : `with ${status}`;
}
