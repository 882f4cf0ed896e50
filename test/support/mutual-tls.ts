// A gateway that demands client certificates, on a free port before a backend of the test, and clients that have one:
// what tests of the whole gateway begin with.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import {
  type AfterHook,
  type CaFiles,
  type CertificateFiles,
  makeCa,
  makeCertificate,
  temporaryDirectory,
} from './openssl.ts';
import { connectRaw, type RawClient } from './raw-client.ts';
import { type AsyncAfterHook, startTestGateway, type TestGateway } from './test-gateway.ts';

/** One CA, a server certificate for `localhost`, and the clients `client-a` and `admin` of Company A. */
export interface Certificates {
  readonly directory: string;
  readonly ca: CaFiles;
  readonly server: CertificateFiles;
  /** TLS options of clients. */
  readonly clientA: ConnectionOptions;
  readonly admin: ConnectionOptions;
  /** No certificate at all. */
  readonly nobody: ConnectionOptions;
  /** What a backend is told of `client-a`, in the order in which it is sent. */
  readonly identityOfClientA: readonly string[];
}

/** Made once for a whole file, and removed after its tests. */
export function makeCertificates(hook: AfterHook): Certificates {
  const directory = temporaryDirectory(hook);
  const ca = makeCa(directory);
  const server = makeCertificate(directory, { ca, name: 'server', san: 'DNS:localhost,IP:127.0.0.1' });
  const nobody = { ca: readFileSync(ca.certificate), servername: 'localhost' };
  const optionsOf = ({ certificate, key }: CertificateFiles): ConnectionOptions => ({
    ...nobody,
    cert: readFileSync(certificate),
    key: readFileSync(key),
  });
  const clientA = makeCertificate(directory, {
    ca,
    name: 'client-a',
    subject: '/O=Company A/CN=client-a',
    eku: 'clientAuth',
  });
  const admin = makeCertificate(directory, { ca, name: 'admin', subject: '/O=Company A/CN=admin', eku: 'clientAuth' });
  const certificate = new X509Certificate(readFileSync(clientA.certificate));
  return {
    directory,
    ca,
    server,
    clientA: optionsOf(clientA),
    admin: optionsOf(admin),
    nobody,
    identityOfClientA: [
      'X-SSL-Client-Verify: SUCCESS',
      'X-SSL-Client-S-DN: CN=client-a,O=Company A',
      'X-SSL-Client-I-DN: CN=ca,O=Test',
      `X-SSL-Client-Serial: ${certificate.serialNumber}`,
      `X-SSL-Client-Fingerprint: ${certificate.fingerprint.replaceAll(':', '').toLowerCase()}`,
    ],
  };
}

/** Parts of the configuration, as in the file. */
export interface FrontOptions {
  readonly routes: readonly object[];
  readonly upstreams?: Readonly<Record<string, object>>;
  readonly limits?: Readonly<Record<string, string | number>>;
  readonly log?: object;
  readonly clients?: Readonly<Record<string, string>>;
  /** More keys of the server. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** More servers. */
  readonly servers?: readonly object[];
}

export interface Front {
  readonly gateway: TestGateway;
  readonly port: number;
  /** Another connection. Default: of `client-a`. */
  connect(options?: ConnectionOptions): Promise<RawClient>;
  /** Sends bytes on a connection of its own; resolves with everything that comes back until it is closed. */
  exchange(data: string | Buffer, options?: ConnectionOptions): Promise<string>;
}

export async function startFront(
  t: AsyncAfterHook & AfterHook,
  certificates: Certificates,
  options: FrontOptions,
): Promise<Front> {
  const { routes, upstreams = {}, limits = {}, log = { access: 'off' }, clients = {} } = options;
  const server = {
    listen: '127.0.0.1:0',
    tls: { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt', ...clients } },
    routes,
    ...options.server,
  };
  // JSON is YAML.
  const yaml = JSON.stringify({ servers: [server, ...(options.servers ?? [])], upstreams, limits, log });
  const gateway = await startTestGateway(t, certificates.directory, yaml);
  const port = gateway.port();
  const connect = (as = certificates.clientA): Promise<RawClient> => connectRaw(t, { port }, as);
  return {
    gateway,
    port,
    connect,
    async exchange(data, as) {
      const client = await connect(as);
      client.send(data);
      return client.closed;
    },
  };
}
