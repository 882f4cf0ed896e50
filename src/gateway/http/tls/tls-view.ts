// A finished handshake, as requests see it.

import type { Certificate } from '../../../x509/certificate.ts';
import type { ServerConf } from '../locations/server-conf.ts';

export interface TlsView<R> {
  /** The server whose certificate was shown. */
  readonly server: ServerConf<R>;
  /** Whether it was chosen by a name that the client asked for. */
  readonly chosenByName: boolean;
  readonly serverName: string | undefined;
  readonly protocol: string;
  readonly cipher: string;
  readonly ciphers: string;
  readonly curve: string;
  readonly curves: string;
  readonly alpn: string | undefined;
  readonly resumed: boolean;
  /** Of the session as it is now: with TLS 1.3 it begins after the handshake. */
  readonly sessionId: () => string;
  /** The client's, verified or not. */
  readonly certificate: Certificate | undefined;
  /** What OpenSSL found wrong with it: its number and its words. Undefined where all is well. */
  readonly verifyError: { readonly code: number; readonly text: string } | undefined;
}
