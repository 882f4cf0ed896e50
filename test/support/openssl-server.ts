// `openssl s_server` as the other company's server: it refuses client certificates in the handshake and tells why by
// alert, which Node's own servers do not.

import type { CaFiles, CertificateFiles } from './openssl.ts';
import { type PeerProcess, startPeer } from './peer-process.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

/**
 * Answers requests with a page of its own, one connection at a time.
 *
 * @param args more arguments, such as `-tls1_2`
 */
export function startOpensslServer(
  t: AsyncAfterHook,
  server: CertificateFiles,
  clients: CaFiles,
  ...args: readonly string[]
): Promise<PeerProcess> {
  const identity = ['-cert', server.certificate, '-key', server.key];
  const verify = ['-Verify', '3', '-verify_return_error', '-CAfile', clients.certificate];
  return startPeer(t, (port) => ({
    command: 'openssl',
    args: ['s_server', '-accept', `127.0.0.1:${port}`, '-www', ...identity, ...verify, ...args],
    ready: /ACCEPT/,
    portTaken: /Address already in use/,
  }));
}
