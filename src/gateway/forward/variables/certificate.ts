// $variables of TLS and the client certificate, with nginx's values (ngx_event_openssl.c).

import type { Certificate } from '../../../x509/certificate.ts';
import { attributeValues, printLegacy } from '../../../x509/name.ts';
import { verifyText } from '../../authenticate/authentication.ts';
import type { Exchange } from '../exchange.ts';
import { escapedCertificate } from '../headers/conventions/escaped-certificate.ts';
import { byteString } from '../headers/header-value.ts';
import type { Reader, VariableContext } from './reader.ts';
import { nowOf } from './time.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The verified certificate; with `unverified` also one that was rejected. */
export function clientCertificate(exchange: Exchange, unverified: boolean): Certificate | undefined {
  const authentication = exchange.decision?.authentication;
  if (authentication?.kind === 'verified') return authentication.identity.certificate;
  return unverified && authentication?.kind === 'rejected' ? authentication.certificate : undefined;
}

const ofCertificate =
  (read: (certificate: Certificate, exchange: Exchange, context: VariableContext) => string): Reader =>
  (exchange, context) => {
    const certificate = clientCertificate(exchange, context.unverified === true);
    return certificate === undefined ? '' : read(certificate, exchange, context);
  };

/** ASN1_TIME_print of OpenSSL: `Nov  3 15:14:09 2026 GMT`. */
function printTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${months[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()} GMT`;
}

/** A comma inside a name is written `%2C`: unescaped it would forge an entry of the list. */
function listOf(names: readonly string[]): string {
  return names.map((name) => name.replaceAll(',', '%2C')).join(',');
}

export const certificateVariables: Readonly<Record<string, Reader>> = {
  ssl_client_verify: ({ connection, decision }) =>
    connection.tls === undefined || decision === undefined ? '' : verifyText(decision.authentication),
  ssl_client_s_dn: ofCertificate((certificate) => certificate.subjectDn),
  ssl_client_i_dn: ofCertificate((certificate) => certificate.issuerDn),
  ssl_client_s_dn_legacy: ofCertificate((certificate) => printLegacy(certificate.subject)),
  ssl_client_i_dn_legacy: ofCertificate((certificate) => printLegacy(certificate.issuer)),
  ssl_client_serial: ofCertificate((certificate) => certificate.serialNumber),
  ssl_client_fingerprint: ofCertificate((certificate) => certificate.sha1),
  ssl_client_fingerprint_sha256: ofCertificate((certificate) => certificate.sha256),
  ssl_client_spki_sha256: ofCertificate((certificate) => certificate.spkiSha256),
  ssl_client_common_name: ofCertificate(({ subject }) =>
    byteString(attributeValues(subject, 'commonName').at(-1) ?? ''),
  ),
  ssl_client_san_dns: ofCertificate(({ altNames }) => listOf(altNames.dns)),
  ssl_client_san_email: ofCertificate(({ altNames }) => listOf(altNames.email)),
  ssl_client_san_uri: ofCertificate(({ altNames }) => listOf(altNames.uri)),
  ssl_client_san_ip: ofCertificate(({ altNames }) => listOf(altNames.ip)),
  ssl_client_escaped_cert: ofCertificate((certificate) => escapedCertificate(certificate.pem())),
  ssl_client_raw_cert: ofCertificate((certificate) => certificate.pem()),
  ssl_client_v_start: ofCertificate(({ notBefore }) => printTime(notBefore)),
  ssl_client_v_end: ofCertificate(({ notAfter }) => printTime(notAfter)),
  ssl_client_v_remain: ofCertificate(({ notAfter }, exchange, context) => {
    const remaining = notAfter.getTime() / 1000 - Math.floor(nowOf(exchange, context) / 1000);
    return String(Math.max(0, Math.floor(remaining / 86_400)));
  }),
  ssl_protocol: ({ connection }) => connection.tls?.protocol ?? '',
  ssl_cipher: ({ connection }) => connection.tls?.cipher ?? '',
  // Node does not tell a server which group was agreed on.
  ssl_curve: () => '',
  ssl_server_name: ({ connection }) => connection.tls?.serverName ?? '',
  ssl_session_reused: ({ connection }) => (connection.tls === undefined ? '' : connection.tls.resumed ? 'r' : '.'),
  ssl_alpn_protocol: ({ connection }) => connection.tls?.alpn ?? '',
};
