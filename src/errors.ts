// The one error type of the project. A code from a closed set says whose fault it is, what a stranger may
// read (`publicText`) and, for an HTTP refusal, the status; the message is for the operator's eyes only.
// docs/errors.md lists every code, and a test fails when the two differ.

/** Whose fault an error is: who has to act for it to go away. */
export type Fault = 'client' | 'upstream' | 'operator' | 'gateway';

/** What is known of an error code beforehand. */
export interface ErrorKind {
  readonly fault: Fault;
  /** HTTP status sent to the client, where the error refuses a request. */
  readonly status?: number;
  /** nginx's internal status, where nginx has one that differs from the wire (494 to 497, 499). */
  readonly nginxStatus?: number;
  /** Exit code of the command line: 1 failed, 2 bad usage or bad configuration. */
  readonly exitCode: 1 | 2;
  /** Text that leaks nothing; safe to send to anybody. */
  readonly publicText: string;
}

const client = (status: number, publicText: string, nginxStatus?: number): ErrorKind => ({
  fault: 'client',
  status,
  ...(nginxStatus === undefined ? {} : { nginxStatus }),
  exitCode: 1,
  publicText,
});
const upstream = (status: number, publicText: string): ErrorKind => ({
  fault: 'upstream',
  status,
  exitCode: 1,
  publicText,
});
const operator = (exitCode: 1 | 2, publicText: string): ErrorKind => ({ fault: 'operator', exitCode, publicText });
const gateway = (publicText: string, status?: number): ErrorKind => ({
  fault: 'gateway',
  ...(status === undefined ? {} : { status }),
  exitCode: 1,
  publicText,
});

/** Every error code of the program. The keys are stable: they stand in logs, metrics and problem documents. */
export const errorKinds = {
  // Refusals of a connection: no HTTP response can be sent.
  'handshake-failed': client(400, 'The TLS handshake failed'),
  'handshake-timeout': client(408, 'The TLS handshake took too long'),
  'too-many-connections': gateway('Too many connections', 503),
  'proxy-header-invalid': client(400, 'The PROXY protocol header is invalid'),
  // Refusals of an identity.
  'client-certificate-missing': client(400, 'No required SSL certificate was sent', 496),
  'client-certificate-invalid': client(400, 'The SSL certificate error', 495),
  'not-allowed': client(403, 'This client is not allowed here'),
  'misdirected-request': client(421, 'The host does not belong to this connection'),
  // Refusals of a request.
  'plain-http-on-tls-port': client(400, 'The plain HTTP request was sent to HTTPS port', 497),
  'request-invalid': client(400, 'The request is not valid HTTP'),
  'target-ambiguous': client(400, 'The request target could mean more than one resource'),
  'route-not-found': client(404, 'Nothing is served here'),
  'method-not-allowed': client(405, 'This method is not allowed'),
  'request-timeout': client(408, 'The request took too long to arrive'),
  'too-many-requests': client(429, 'Too many requests'),
  'body-too-large': client(413, 'The request body is too large'),
  'head-too-large': client(431, 'The request head is too large', 494),
  'transfer-coding-unknown': client(501, 'This transfer coding is not implemented'),
  'http-version-unsupported': client(505, 'This version of HTTP is not supported'),
  'client-closed': client(499, 'The client closed the connection', 499),
  // Failures on the way to the upstream.
  'upstream-unreachable': upstream(502, 'The service behind this gateway cannot be reached'),
  'upstream-tls-failed': upstream(502, 'The service behind this gateway cannot be trusted'),
  'upstream-invalid': upstream(502, 'The service behind this gateway gave an invalid answer'),
  'upstream-timeout': upstream(504, 'The service behind this gateway did not answer in time'),
  'upstream-unavailable': upstream(503, 'No service behind this gateway is available'),
  // What the operator has to mend.
  usage: operator(2, 'The command was not understood'),
  'config-invalid': operator(2, 'The configuration is not valid'),
  'config-unsupported': operator(2, 'The configuration asks for something not supported yet'),
  'file-unreadable': operator(2, 'A file cannot be read'),
  'file-unwritable': operator(2, 'A file cannot be written'),
  'pem-invalid': operator(2, 'A file does not hold valid PEM'),
  'certificate-invalid': operator(2, 'A certificate cannot be used'),
  'key-invalid': operator(2, 'A private key cannot be used'),
  'key-mismatch': operator(2, 'A private key does not belong to its certificate'),
  'ca-empty': operator(2, 'A CA file holds no certificate'),
  'crl-invalid': operator(2, 'A certificate revocation list cannot be used'),
  'crl-unavailable': operator(1, 'A certificate revocation list cannot be had'),
  'ocsp-invalid': operator(1, 'The status of a certificate cannot be had'),
  'address-in-use': operator(1, 'An address is already in use'),
  'address-unavailable': operator(1, 'An address cannot be listened on'),
  'admin-unreachable': operator(1, 'The admin listener of the gateway cannot be asked'),
  'node-too-old': operator(1, 'This Node.js is too old'),
  'store-exists': operator(1, 'The file or CA exists already and is not overwritten'),
  'store-missing': operator(1, 'There is no CA in this directory'),
  'store-locked': operator(1, 'Another process is writing to this CA'),
  'store-invalid': operator(1, 'The files of this CA contradict each other'),
  'csr-refused': operator(1, 'The certificate signing request is refused'),
  'certificate-unknown': operator(1, 'The CA knows no such certificate'),
  'already-revoked': operator(1, 'The certificate is revoked already'),
  'not-verified': operator(1, 'The certificate does not verify'),
  'not-admitted': operator(1, 'The certificate would not be admitted'),
  'tool-missing': operator(1, 'A program that is needed is not installed'),
  internal: gateway('Something went wrong inside the gateway', 500),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

/**
 * The only error that this program throws on purpose.
 *
 * `message` is one line for the operator: what happened, to what, and where known how to mend it. Send
 * `publicText`, never `message`, to a peer.
 */
export class MutualError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MutualError';
    this.code = code;
  }

  get kind(): ErrorKind {
    return errorKinds[this.code];
  }

  get publicText(): string {
    return this.kind.publicText;
  }
}

/** The message of anything thrown, without stack and in one line. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s*\n\s*/g, '; ');
}

/** Node's `code` of a system or TLS error (`ENOENT`, `CERT_HAS_EXPIRED`, …), if there is one. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** How a file that was named cannot be read, as the end of a sentence that begins with its name. */
export function whyUnreadable(error: unknown): string {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist';
    case 'EISDIR':
      return 'is a directory and not a file';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    default:
      return `cannot be read: ${messageOf(error)}`;
  }
}
