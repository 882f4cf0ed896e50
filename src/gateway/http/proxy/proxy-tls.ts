// TLS toward upstreams: `proxy_ssl_*` compiled, and its contexts, made once for each certificate.

import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Request } from '../request.ts';
import type { Value } from '../script/value.ts';
import { openKey } from '../tls/open-key.ts';
import type { UpstreamTlsOptions } from './upstream-connection.ts';

export interface ProxyTls {
  /** @param host nginx's `$proxy_host`, with its port if it has one; @param peer the server */
  options(request: Request, host: string, peer: string): UpstreamTlsOptions;
}

export interface ProxyTlsSettings {
  readonly certificate: Value<Request> | undefined;
  readonly key: Value<Request> | undefined;
  readonly passwords: readonly string[];
  readonly trusted: string | undefined;
  readonly crl: string | undefined;
  readonly verify: boolean;
  readonly serverName: boolean;
  readonly name: Value<Request> | undefined;
  readonly protocols: readonly string[];
  readonly ciphers: string;
  readonly sessionReuse: boolean;
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

/** The range of versions that a list of protocols means. */
export function versionRange(
  protocols: readonly string[],
): Pick<tls.SecureContextOptions, 'minVersion' | 'maxVersion'> {
  const chosen = versions.filter((version) => protocols.includes(version));
  const [minVersion] = chosen;
  const maxVersion = chosen.at(-1);
  return minVersion === undefined || maxVersion === undefined ? {} : { minVersion, maxVersion };
}

/** @param absolute makes names of files absolute */
export function createProxyTls(settings: ProxyTlsSettings, absolute: (file: string) => string): ProxyTls {
  const contexts = new Map<string, tls.SecureContext>();
  const sessions = new Map<string, Buffer>();
  const pem = (file: string): Buffer =>
    file.startsWith('data:') ? Buffer.from(file.slice(5)) : readFileSync(absolute(file));
  const { certificate, key, trusted, crl } = settings;
  // Files whose names are fixed are read at once, so that what is wrong with them is told at the start.
  if (certificate?.constant !== undefined && key?.constant !== undefined) contextOf(certificate.constant, key.constant);

  function contextOf(certificateFile: string, keyFile: string): tls.SecureContext {
    const id = `${certificateFile}\0${keyFile}`;
    const known = contexts.get(id);
    if (known !== undefined) return known;
    const made = tls.createSecureContext({
      ...(certificateFile === ''
        ? {}
        : { cert: pem(certificateFile), key: [openKey(pem(keyFile), settings.passwords)] }),
      ca: trusted === undefined ? [] : [readFileSync(absolute(trusted))],
      ...(crl === undefined ? {} : { crl: readFileSync(absolute(crl)) }),
      ...versionRange(settings.protocols),
      ciphers: settings.ciphers,
    });
    contexts.set(id, made);
    return made;
  }
  return {
    options(request, host, peer) {
      const name = (settings.name?.of(request) ?? host).replace(/:\d*$/, '').replace(/\.$/, '');
      const context = contextOf(certificate?.of(request) ?? '', key?.of(request) ?? '');
      // A session is of the certificate that it began with, too.
      const id = [peer, name, certificate?.of(request) ?? '', key?.of(request) ?? ''].join('\0');
      return {
        context,
        verify: settings.verify,
        name,
        serverName: settings.serverName ? name : undefined,
        session: settings.sessionReuse ? sessions.get(id) : undefined,
        onSession(session) {
          if (!settings.sessionReuse) return;
          if (sessions.size > 1000) sessions.clear();
          sessions.set(id, session);
        },
      };
    },
  };
}
