// Would this certificate be admitted, by which rule, and if not, what stands in the way first? A certificate and a
// configuration come in; an answer in plain words goes out. Asks the same `authorize` as the gateway does.

import { type Check, verifyCertificate } from '../ca/verify-certificate.ts';
import type { ClientsConfig, Config, ServerConfig } from '../config/schema.ts';
import type { Credentials } from '../credentials/load-credentials.ts';
import type { ServerCredentials } from '../credentials/server-credentials.ts';
import { MutualError } from '../errors.ts';
import { inspectRequestHead } from '../gateway/accept/inspect.ts';
import type { Authentication } from '../gateway/authenticate/authentication.ts';
import { authenticate } from '../gateway/authenticate/certificate.ts';
import { authorize } from '../gateway/authorize/authorize.ts';
import type { Denial } from '../gateway/authorize/decision.ts';
import { compilePolicy } from '../gateway/authorize/policy.ts';
import type { Certificate } from '../x509/certificate.ts';
import { findPath } from '../x509/certification-path.ts';
import { canonicalName } from '../x509/name.ts';

export interface AdmissionQuestion {
  readonly config: Config;
  readonly credentials: Credentials;
  /** The client's certificate, then what it would send with it. */
  readonly chain: readonly [Certificate, ...Certificate[]];
  /** Absent: the first name of the first server with TLS. */
  readonly host?: string | undefined;
  readonly path: string;
  readonly now: Date;
}

export interface AdmissionAnswer {
  readonly admitted: boolean;
  readonly server: string;
  readonly host: string;
  readonly path: string;
  readonly route: string | undefined;
  /** What admits the client: a rule, or the lack of one. */
  readonly rule: string | undefined;
  /** The checks of the certificate, in order; empty where no certificate is asked for. */
  readonly checks: readonly Check[];
  /** One sentence: the answer. */
  readonly text: string;
  /** One sentence: how to mend it. Undefined where it is admitted. */
  readonly advice: string | undefined;
}

/** @throws MutualError `usage` where the configuration has no server for the question */
export function explainAdmission(question: AdmissionQuestion): AdmissionAnswer {
  const { config, chain, path, now } = question;
  const first = config.servers.find(({ tls }) => tls !== undefined);
  if (first === undefined)
    throw new MutualError('usage', 'no server of this configuration has TLS: nobody is verified');
  const host = question.host ?? (first.names[0] ?? 'localhost').replace(/^\*/, 'client');
  const head = { method: 'GET', target: path, httpVersion: '1.1', rawHeaders: ['Host', host] };
  const request = inspectRequestHead(head);
  if (request.kind === 'refused') throw new MutualError('usage', `no such request can be made: ${request.reason}`);

  const policy = compilePolicy(config);
  const server = serverFor(config, first, (listener) => policy.listeners.get(listener)?.serverFor(request.host).config);
  const clients = server.tls?.clients;
  const checks = clients === undefined || clients.verify === 'none' ? [] : verify(question, server, clients);
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  const authentication = authenticationOf(chain[0], failed, now);
  const [listen] = server.listen;
  const decision = authorize(policy, {
    listener: listen?.key ?? '',
    tls: { server: server.name, serverName: request.host },
    authentication,
    request,
  });
  const facts = { server: server.name, host, path, route: decision.route?.name, checks };
  if (decision.kind === 'permit') {
    const rule = decision.rule ?? 'no rule is needed: the route has no `allow`';
    return { ...facts, admitted: true, rule, text: `admitted on ${host}${path}: ${rule}`, advice: undefined };
  }
  return { ...facts, admitted: false, rule: undefined, ...explainDenial(decision, failed, chain[0]) };
}

/** The server that the host belongs to, on the first listening address that has one with TLS for it. */
function serverFor(
  config: Config,
  fallback: ServerConfig,
  choose: (listener: string) => ServerConfig | undefined,
): ServerConfig {
  for (const { tls, listen } of config.servers) {
    if (tls === undefined) continue;
    for (const { key } of listen) {
      const server = choose(key);
      if (server?.tls !== undefined) return server;
    }
  }
  return fallback;
}

function verify({ chain, credentials, now }: AdmissionQuestion, server: ServerConfig, clients: ClientsConfig): Check[] {
  const own = credentials.servers.get(server.name) as ServerCredentials;
  const [certificate, ...untrusted] = chain;
  const issuer = canonicalName(certificate.issuer);
  const crl = own.revocationLists.find((list) => canonicalName(list.issuer) === issuer);
  const found = verifyCertificate({ certificate, untrusted, anchors: own.anchors, crl, purpose: 'client', now });
  const checks = found.map((check) =>
    check.outcome === 'ok' ? (demandOf(check, clients, own, chain) ?? check) : check,
  );
  if (crl !== undefined || clients.crl.length === 0) return checks;
  // The TLS library asks for a list of every CA in the chain as soon as there is one of any.
  const text = `there is no revocation list of "${certificate.issuerDn}" among ${clients.crl.join(', ')}`;
  return checks.map((check) => (check.name === 'revocation' ? { name: 'revocation', outcome: 'failed', text } : check));
}

/** What the operator asks for beyond a certificate that verifies; undefined: nothing, or it is so. */
function demandOf(
  { name }: Check,
  { depth, requireClientAuthEku }: ClientsConfig,
  { anchors }: ServerCredentials,
  [certificate, ...untrusted]: readonly [Certificate, ...Certificate[]],
): Check | undefined {
  if (name === 'purpose' && requireClientAuthEku && certificate.extendedKeyUsage === undefined) {
    return { name, outcome: 'failed', text: 'it names no purpose, and `requireClientAuthEku` asks for clientAuth' };
  }
  if (name !== 'chain' || depth === undefined) return undefined;
  const between = findPath(certificate, anchors, untrusted).length - 2;
  if (between <= depth) return undefined;
  return {
    name,
    outcome: 'failed',
    text: `${between} CAs stand between it and its root, and \`depth\` allows ${depth}`,
  };
}

function authenticationOf(certificate: Certificate, failed: Check | undefined, now: Date): Authentication {
  if (failed === undefined) {
    return authenticate({ certificate: certificate.x509, authorized: true, verifyError: undefined }, now.getTime());
  }
  return { kind: 'rejected', certificate, reason: { code: 1, text: failed.text, advice: adviceFor[failed.name] } };
}

const adviceFor: Readonly<Record<Check['name'], string>> = {
  chain: 'have the certificate issued by a CA in `tls.clients.ca`, or add its CA there',
  dates: 'renew the certificate ("mutual ca renew NAME"), or set the clock right',
  revocation: 'issue a new certificate, or give a current list of this CA under `tls.clients.crl` ("mutual ca crl")',
  purpose: 'issue a certificate with the extended key usage clientAuth ("mutual ca issue NAME --client")',
};

function explainDenial(
  denial: Denial,
  failed: Check | undefined,
  certificate: Certificate,
): { readonly text: string; readonly advice: string } {
  switch (denial.code) {
    case 'client-certificate-invalid':
      return {
        text: `refused: ${failed?.text ?? denial.reason}`,
        advice: failed === undefined ? denial.reason : adviceFor[failed.name],
      };
    case 'not-allowed':
      if (denial.rule !== undefined) {
        return {
          text: `refused: ${denial.reason}`,
          advice: 'take the rule out of `deny`, or give the client another certificate',
        };
      }
      return {
        text: `refused: ${denial.reason}`,
        advice: `add a rule to \`allow\` of this route that holds for it, such as { dn: ${JSON.stringify(certificate.subjectDn)} }`,
      };
    case 'route-not-found':
      return { text: `refused: ${denial.reason}`, advice: 'add a route for this path, or ask for another --path' };
    case 'target-ambiguous':
      return { text: `refused: ${denial.reason}`, advice: 'ask for the path in its plain form' };
    default:
      return { text: `refused: ${denial.reason}`, advice: 'ask for another --host' };
  }
}
