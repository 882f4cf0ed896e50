// A refusal in plain words: its code and what the verification said in; out comes a title, why it happened, and what to
// do about it, for somebody who was woken up and does not know certificates by heart.

import { type ErrorCode, errorKinds } from '../errors.ts';

export interface PlainWords {
  /** A few words, fit for a heading. */
  readonly title: string;
  readonly explanation: string;
  readonly whatToDo: string;
}

const askClient = 'If this client is yours, tell whoever runs it; if not, there is nothing to do.';
const seeUpstream = 'Look at the service behind the gateway: is it running, and reachable from this machine?';

const words: Readonly<Partial<Record<ErrorCode, PlainWords>>> = {
  'handshake-failed': {
    title: 'TLS handshake failed',
    explanation: 'The client and the gateway could not agree on an encrypted connection, or the client gave up.',
    whatToDo:
      'If the reason names a version or a cipher, the client is too old. If the client closed the connection, it may not ' +
      'trust the certificate of this server: give it the CA.',
  },
  'handshake-timeout': {
    title: 'Handshake too slow',
    explanation: 'The client connected and did not finish the TLS handshake in time.',
    whatToDo: 'Once in a while this is a bad network or a scanner. From many addresses it may be an attack.',
  },
  'too-many-connections': {
    title: 'Too many connections',
    explanation: 'The limit of open connections is reached, for this client or altogether.',
    whatToDo: 'Find the client that opens so many; if they are all wanted, raise `limits.maxConnections…`.',
  },
  'too-many-requests': {
    title: 'Too many requests',
    explanation: 'More requests came than the limit of this place lets through.',
    whatToDo: 'If they are wanted, raise the rate or the burst of the limit; if not, it does what it is for.',
  },
  'proxy-header-invalid': {
    title: 'Bad PROXY header',
    explanation: 'This address expects every connection to begin with a PROXY header, and this one did not, or lied.',
    whatToDo:
      'Check that only the load balancer connects here, that it sends the header, and that `trustedProxies` names it.',
  },
  'client-certificate-missing': {
    title: 'No client certificate',
    explanation: 'The client showed no certificate, and this server wants one.',
    whatToDo: 'Configure the client with its certificate and key; with curl: --cert client.crt --key client.key.',
  },
  'client-certificate-invalid': {
    title: 'Certificate not accepted',
    explanation: 'The client showed a certificate that does not count here.',
    whatToDo: '`mutual explain` with the certificate of the client tells step by step what is wrong with it.',
  },
  'not-allowed': {
    title: 'Not allowed by the rules',
    explanation: 'The certificate is good, but no rule lets this client go here, or one forbids it.',
    whatToDo: 'If it should be allowed, add a rule to `allow` of the route (or mend the one in `deny`) and reload.',
  },
  'misdirected-request': {
    title: 'Host of another server',
    explanation:
      'The request was for a host that does not belong to this connection, whose certificates were asked for another.',
    whatToDo: 'The client should connect with the server name (SNI) of the host that it asks for.',
  },
  'plain-http-on-tls-port': {
    title: 'Plain HTTP on a TLS port',
    explanation: 'The client spoke HTTP without encryption to an address that wants TLS.',
    whatToDo: 'Use https:// in the address of the client.',
  },
  'request-invalid': {
    title: 'Not valid HTTP',
    explanation:
      'The request is not well formed. Such requests are refused, since others might read them in another way.',
    whatToDo: `The reason says what is wrong. ${askClient}`,
  },
  'target-ambiguous': {
    title: 'Ambiguous path',
    explanation: 'The path could be read as that of another route, where other rules hold.',
    whatToDo: 'The client should send the path in its plain form, without encoded slashes or dots.',
  },
  'route-not-found': {
    title: 'No such route',
    explanation: 'No route of the server matches the path.',
    whatToDo: 'Check the path of the client, or add a route.',
  },
  'method-not-allowed': {
    title: 'Method not allowed',
    explanation: 'The request used a method that is not allowed here.',
    whatToDo: askClient,
  },
  'request-timeout': {
    title: 'Request too slow',
    explanation: 'The request did not arrive in time.',
    whatToDo: 'Once in a while this is a bad network. For slow but honest clients raise the timeouts under `limits`.',
  },
  'body-too-large': {
    title: 'Body too large',
    explanation: 'The body of the request is larger than is allowed.',
    whatToDo: 'If such bodies are wanted, raise `maxBodyBytes` of the route, the server or `limits`.',
  },
  'head-too-large': {
    title: 'Headers too large',
    explanation: 'The headers of the request are larger, or more, than is allowed.',
    whatToDo:
      'Often a cookie has grown too large. If that is wanted, raise `limits.maxHeadBytes` or `limits.maxHeaders`.',
  },
  'transfer-coding-unknown': {
    title: 'Unknown transfer coding',
    explanation: 'The request body is sent in a way that the gateway does not know.',
    whatToDo: 'The client may use `chunked` or a Content-Length only.',
  },
  'http-version-unsupported': {
    title: 'HTTP version not supported',
    explanation: 'The client spoke a version of HTTP that is not supported here.',
    whatToDo: askClient,
  },
  'client-closed': {
    title: 'Client went away',
    explanation: 'The client closed the connection before it had its answer.',
    whatToDo: 'Often the client waits less long than the service takes: compare the durations with its timeout.',
  },
  'upstream-unreachable': {
    title: 'Service not reachable',
    explanation: 'The client was admitted, but the service behind the gateway could not be reached.',
    whatToDo: seeUpstream,
  },
  'upstream-tls-failed': {
    title: 'Service not trusted',
    explanation:
      'The service behind the gateway could not be verified, or did not accept the certificate of the gateway.',
    whatToDo:
      'The reason names the side that has to act: the CA, the certificate or the name under `tls` of the upstream.',
  },
  'upstream-invalid': {
    title: 'Service gave a bad answer',
    explanation: 'The service behind the gateway answered with something that is not valid HTTP.',
    whatToDo: 'Look at the log of the service. Does it speak HTTPS where `http` is configured, or the other way round?',
  },
  'upstream-timeout': {
    title: 'Service too slow',
    explanation: 'The service behind the gateway did not answer in time.',
    whatToDo: 'Look at the load of the service; for answers that take long raise `responseTimeout`.',
  },
  'upstream-unavailable': {
    title: 'No service available',
    explanation: 'All servers of the upstream are left out after failures, or have as many connections as they may.',
    whatToDo: seeUpstream,
  },
  internal: {
    title: 'Fault of the gateway',
    explanation: 'Something went wrong inside the gateway.',
    whatToDo: 'The log has the details under the request id: please report them.',
  },
};

/** @param verify what the verification said, and what to do about it, as far as it is known */
export function plainWordsOf(
  code: ErrorCode,
  verify: { readonly verifyError: string | null; readonly advice: string | null } = { verifyError: null, advice: null },
): PlainWords {
  const known = words[code] ?? {
    title: errorKinds[code].publicText,
    explanation: errorKinds[code].publicText,
    whatToDo: askClient,
  };
  if (verify.verifyError === null || verify.advice === null) return known;
  const explanation = `The client showed a certificate that does not count here: ${verify.verifyError}.`;
  return { title: titleOf(verify.verifyError), explanation, whatToDo: verify.advice };
}

function titleOf(verifyError: string): string {
  return verifyError.charAt(0).toUpperCase() + verifyError.slice(1);
}
