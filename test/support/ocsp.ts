// The openssl program as the OCSP responder of a test CA: it answers from the CA's own index, a question at a time or over
// HTTP, signed by whom the test says.

import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaFiles, type CertificateFiles, runOpenssl } from './openssl.ts';
import { type PeerProcess, startPeer } from './peer-process.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface ResponderOptions {
  /** Who signs; default: the CA itself. */
  readonly signer?: CertificateFiles;
  /** Default: answers hold for five minutes. */
  readonly validity?: readonly string[];
  /** More arguments for `openssl ocsp`. */
  readonly args?: readonly string[];
}

/** What the responder answers to this request. */
export function answerOcsp(ca: CaFiles, request: Buffer, options: ResponderOptions = {}): Buffer {
  const name = join(ca.database, `ocsp-${createHash('sha1').update(request).update(randomUUID()).digest('hex')}`);
  writeFileSync(`${name}.req`, request);
  runOpenssl([...responder(ca, options), '-reqin', `${name}.req`, '-respout', `${name}.resp`]);
  return readFileSync(`${name}.resp`);
}

/**
 * The responder as a server. It reads the index once, when it starts.
 *
 * @param prepare called before that with its URL, to issue certificates that name it
 */
export function startOcspResponder(
  t: AsyncAfterHook,
  ca: CaFiles,
  options: ResponderOptions = {},
  prepare: (url: string) => void = () => {},
): Promise<PeerProcess> {
  return startPeer(t, (port) => {
    prepare(urlOf({ port }));
    return {
      command: 'openssl',
      args: [...responder(ca, options), '-port', String(port)],
      ready: /^ACCEPT/m,
      portTaken: /address already in use/i,
    };
  });
}

export const urlOf = ({ port }: Pick<PeerProcess, 'port'>): string => `http://127.0.0.1:${port}/`;

/** @param reason as `openssl ca -crl_reason` takes it */
export function revoke(ca: CaFiles, { certificate }: CertificateFiles, reason?: string): void {
  const reasonArgs = reason === undefined ? [] : ['-crl_reason', reason];
  const signer = ['-cert', ca.certificate, '-keyfile', ca.key];
  runOpenssl([
    'ca',
    '-batch',
    '-config',
    join(ca.database, 'openssl.cnf'),
    ...signer,
    '-revoke',
    certificate,
    ...reasonArgs,
  ]);
}

function responder(ca: CaFiles, { signer = ca, validity = ['-nmin', '5'], args = [] }: ResponderOptions): string[] {
  const index = ['-index', join(ca.database, 'index.txt'), '-CA', ca.certificate];
  return ['ocsp', ...index, '-rsigner', signer.certificate, '-rkey', signer.key, ...validity, ...args];
}
