// TLS of servers when everything is inherited: certificates with their keys, authorities, and listeners that have none.

import { NginxFault, printPlace } from '../nginx-fault.ts';
import { type DirectiveNode, fullName, type Reading } from '../read/directive-node.ts';
import { inherited, inheritedAll, inheritedText, isOn, type Level } from '../read/levels.ts';
import { listenAddresses, listensOf } from './addresses-end.ts';
import { checkCiphers, checkCurves, checkPair, checkVerifyFile, readPem } from './pem-check.ts';
import { readOrFail } from './ssl-checks.ts';

/** @throws NginxFault */
export function checkServerTls(level: Level, reading: Reading): void {
  const full = (name: string): string => fullName(reading.confPrefix, name);
  const certificates = inheritedAll(level, 'ssl_certificate').map(({ args }) => args[0] ?? '');
  const keys = inheritedAll(level, 'ssl_certificate_key').map(({ args }) => args[0] ?? '');
  const enabled = inherited(level, 'ssl');
  if (enabled?.args[0]?.toLowerCase() === 'on') {
    const missing = certificates.length === 0 ? 'ssl_certificate' : keys.length === 0 ? 'ssl_certificate_key' : '';
    if (missing !== '') throw new NginxFault(`no "${missing}" is defined for the "ssl" directive`, enabled.at);
  }
  if (certificates.length === 0) return;
  if (certificates.length > keys.length) {
    throw new NginxFault(`no "ssl_certificate_key" is defined for certificate "${certificates.at(-1)}"`);
  }
  const passwords = inheritedText(level, 'ssl_password_file');
  for (const [place, certificate] of certificates.entries()) {
    const key = keys[place] ?? '';
    if (certificate.includes('$') || key.includes('$')) continue;
    checkPair(
      /^(data|engine):/.test(certificate) ? certificate : full(certificate),
      /^(data|engine):/.test(key) ? key : full(key),
      passwords === undefined ? undefined : full(passwords),
    );
  }
  const ciphers = inheritedText(level, 'ssl_ciphers');
  if (ciphers !== undefined) checkCiphers(ciphers);
  checkVerification(level, reading);
  for (const { args, at } of inheritedAll(level, 'ssl_session_ticket_key')) {
    const name = args[0] ?? '';
    const { length } = readOrFail(name, at, reading);
    if (length !== 48 && length !== 80) throw new NginxFault(`"${full(name)}" must be 48 or 80 bytes`, at);
  }
  const dhparam = inheritedText(level, 'ssl_dhparam');
  const curves = inheritedText(level, 'ssl_ecdh_curve');
  if (curves !== undefined && curves !== 'auto') checkCurves(curves);
  if (dhparam !== undefined) readPem(full(dhparam), `BIO_new_file("${full(dhparam)}")`);
}

function checkVerification(level: Level, reading: Reading): void {
  const full = (name: string): string => fullName(reading.confPrefix, name);
  const verify = (inheritedText(level, 'ssl_verify_client') ?? 'off').toLowerCase();
  const client = inheritedText(level, 'ssl_client_certificate');
  const trusted = inheritedText(level, 'ssl_trusted_certificate');
  if (verify !== 'off') {
    if (verify !== 'optional_no_ca' && client === undefined) {
      // 1.27.0 takes either of the two.
      if (reading.minor < 27) throw new NginxFault('no ssl_client_certificate for ssl_verify_client');
      if (trusted === undefined) {
        throw new NginxFault('no ssl_client_certificate or ssl_trusted_certificate for ssl_verify_client');
      }
    }
    if (client !== undefined) checkVerifyFile(full(client), 'SSL_CTX_load_verify_locations');
  }
  if (trusted !== undefined) checkVerifyFile(full(trusted), 'SSL_CTX_load_verify_locations');
  const crl = inheritedText(level, 'ssl_crl');
  if (crl !== undefined) checkVerifyFile(full(crl), 'X509_LOOKUP_load_file');
}

/** Every address with `ssl` needs a certificate of its default server. @throws NginxFault */
export function checkListeningCertificates(
  http: readonly DirectiveNode[],
  servers: readonly DirectiveNode[],
  _reading: Reading,
): void {
  const addresses = new Map<
    string,
    { isTls: boolean; servers: DirectiveNode[]; preferred: DirectiveNode | undefined }
  >();
  for (const server of servers) {
    for (const listen of listensOf(server)) {
      const key = listenAddresses(listen.args[0] ?? '')[0]?.key ?? '';
      const entry = addresses.get(key) ?? { isTls: false, servers: [], preferred: undefined };
      addresses.set(key, entry);
      entry.servers.push(server);
      if (listen.args.includes('ssl')) entry.isTls = true;
      if (listen.args.includes('default') || listen.args.includes('default_server')) entry.preferred = server;
    }
  }
  for (const { isTls, servers: sharing, preferred } of addresses.values()) {
    const first = preferred ?? sharing[0];
    if (!isTls || first === undefined) continue;
    const level = [http, first.block ?? []];
    if (inherited(level, 'ssl_certificate') !== undefined) continue;
    const others = sharing.filter((server) => server !== first);
    const missing = isOn(level, 'ssl_reject_handshake', false)
      ? others.find((server) => isBare([http, server.block ?? []]))
      : first;
    if (missing === undefined) continue;
    throw new NginxFault(`no "ssl_certificate" is defined for the "listen ... ssl" directive${printPlace(missing.at)}`);
  }
}

function isBare(level: Level): boolean {
  return inherited(level, 'ssl_certificate') === undefined && !isOn(level, 'ssl_reject_handshake', false);
}
