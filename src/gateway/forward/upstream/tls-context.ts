// What a connection to a server that speaks TLS needs, made once for each upstream: our certificate, the anchors and
// revocation lists the server is verified against. Verification is on unless the operator has turned it off in words.

import { constants } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';
import type { UpstreamTlsConfig } from '../../../config/schema.ts';
import type { UpstreamCredentials } from '../../../credentials/upstream-credentials.ts';
import { MutualError, messageOf } from '../../../errors.ts';
import { printPem } from '../../../x509/pem.ts';

export interface UpstreamTls {
  readonly context: SecureContext;
  readonly verify: boolean;
  /** Revocation lists were asked for and none is there: nobody is connected to. */
  readonly lacksLists: boolean;
  /** The name to ask for and to expect; undefined: that of the URL. */
  readonly serverName: string | undefined;
  /** For messages: what we show, as a distinguished name; undefined: we have nothing to show. */
  readonly ownName: string | undefined;
  /** For messages: where the anchors come from. */
  readonly anchorSource: string;
}

/** @throws MutualError `certificate-invalid` where the TLS library refuses what was read */
export function createUpstreamTls(config: UpstreamTlsConfig, credentials: UpstreamCredentials): UpstreamTls {
  const { client, anchors, revocationLists, lacksLists = false } = credentials;
  const options: tls.SecureContextOptions = {
    minVersion: config.minVersion,
    maxVersion: 'TLSv1.3',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  };
  // Left out, it means the anchors that come with Node; an empty list means none at all.
  if (anchors !== 'system') options.ca = anchors.map((anchor) => anchor.pem());
  // Each list by itself: of several in one text OpenSSL reads the first alone.
  if (revocationLists.length > 0) options.crl = revocationLists.map((list) => printPem('X509 CRL', list.der));
  if (client?.kind === 'pem') Object.assign(options, { cert: client.certificate, key: client.key });
  if (client?.kind === 'pkcs12') Object.assign(options, { pfx: client.pfx, passphrase: client.passphrase });
  try {
    return {
      context: tls.createSecureContext(options),
      verify: !config.unsafeSkipVerify,
      lacksLists,
      serverName: config.serverName,
      ownName: client && (client.leaf?.subjectDn ?? 'the certificate of the PKCS#12 file'),
      anchorSource: config.ca === 'system' ? 'the CAs that come with Node' : config.ca.join(', '),
    };
  } catch (error) {
    throw new MutualError(
      'certificate-invalid',
      `the TLS library refuses what is shown to upstreams: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
