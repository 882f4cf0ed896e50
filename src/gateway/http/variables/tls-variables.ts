// nginx's variables of TLS and of the client certificate (ngx_http_ssl_module.c, ngx_event_openssl.c).

import type { Certificate } from '../../../x509/certificate.ts';
import { toBinary } from '../binary-text.ts';
import type { Request } from '../request.ts';
import type { Getter } from '../script/value.ts';
import { verifyErrorNow } from '../tls/certificate-fault.ts';
import type { TlsView } from '../tls/tls-view.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ASN1_TIME_print of OpenSSL: `Nov  3 15:14:09 2026 GMT`. */
function printTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  return `${months[date.getUTCMonth()]} ${day} ${date.toISOString().slice(11, 19)} ${date.getUTCFullYear()} GMT`;
}

const ofTls =
  (read: (tls: TlsView<Request>) => string | undefined): Getter<Request> =>
  ({ connection }) => {
    const text = connection.tls === undefined ? undefined : read(connection.tls);
    return text === '' ? undefined : text;
  };

const ofCertificate = (read: (certificate: Certificate) => string): Getter<Request> =>
  ofTls(({ certificate }) => (certificate === undefined ? undefined : read(certificate)));

export const tlsVariables: Readonly<Record<string, Getter<Request>>> = {
  ssl_protocol: ofTls(({ protocol }) => protocol),
  ssl_cipher: ofTls(({ cipher }) => cipher),
  ssl_ciphers: ofTls(({ ciphers }) => ciphers),
  ssl_curve: ofTls(({ curve }) => curve),
  ssl_curves: ofTls(({ curves }) => curves),
  ssl_session_id: ofTls(({ sessionId }) => sessionId()),
  ssl_session_reused: ofTls(({ resumed }) => (resumed ? 'r' : '.')),
  ssl_early_data: () => undefined,
  ssl_server_name: ofTls(({ serverName }) => serverName),
  ssl_alpn_protocol: ofTls(({ alpn }) => alpn),
  ssl_client_verify: ({ connection: { tls, engine } }) => {
    if (tls === undefined) return undefined;
    if (tls.certificate === undefined) return 'NONE';
    const error = verifyErrorNow(tls, engine.now());
    return error === undefined ? 'SUCCESS' : `FAILED:${error.text}`;
  },
  ssl_client_s_dn: ofCertificate(({ subjectDn }) => subjectDn),
  ssl_client_i_dn: ofCertificate(({ issuerDn }) => issuerDn),
  ssl_client_s_dn_legacy: ofCertificate(({ subjectDnLegacy }) => subjectDnLegacy),
  ssl_client_i_dn_legacy: ofCertificate(({ issuerDnLegacy }) => issuerDnLegacy),
  ssl_client_serial: ofCertificate(({ serialNumber }) => serialNumber),
  ssl_client_fingerprint: ofCertificate(({ sha1 }) => sha1),
  ssl_client_fingerprint_sha256: ofCertificate(({ sha256 }) => sha256),
  ssl_client_spki_sha256: ofCertificate(({ spkiSha256 }) => spkiSha256),
  ssl_client_san_dns: ofCertificate(({ altNames }) => altNames.dns.join(',')),
  ssl_client_san_uri: ofCertificate(({ altNames }) => altNames.uri.join(',')),
  ssl_client_san_email: ofCertificate(({ altNames }) => altNames.email.join(',')),
  ssl_client_san_ip: ofCertificate(({ altNames }) => altNames.ip.join(',')),
  ssl_client_raw_cert: ofCertificate((certificate) => certificate.pem()),
  ssl_client_cert: ofCertificate((certificate) => certificate.pem().trimEnd().replaceAll('\n', '\n\t')),
  ssl_client_escaped_cert: ofCertificate((certificate) => toBinary(encodeURIComponent(certificate.pem()))),
  ssl_client_v_start: ofCertificate(({ notBefore }) => printTime(notBefore)),
  ssl_client_v_end: ofCertificate(({ notAfter }) => printTime(notAfter)),
  ssl_client_v_remain: ({ connection }) => {
    const end = connection.tls?.certificate?.notAfter;
    if (end === undefined) return undefined;
    const remaining = end.getTime() / 1000 - Math.floor(connection.engine.now() / 1000);
    return String(Math.max(0, Math.floor(remaining / 86_400)));
  },
};
