// The client side of the wire for tests: backends of the other company that ask for a certificate and keep what they
// are shown, and a gateway that takes plain HTTP and has a route for each upstream of the test.

import { readFileSync } from 'node:fs';
import type { TLSSocket, TlsOptions } from 'node:tls';
import type { AfterHook, CertificateFiles } from './openssl.ts';
import { createRecordingBackend, type RecordingBackend, type RecordingBackendOptions } from './recording-backend.ts';
import { type AsyncAfterHook, startTestGateway, type TestGateway, type TestGatewayOptions } from './test-gateway.ts';

export interface TlsBackend extends RecordingBackend {
  /** Common names of the certificates that were shown, one for each connection that was secured; '' for none. */
  readonly shown: readonly string[];
  /** The names that were asked for (SNI); undefined where there was none. */
  readonly askedFor: readonly (string | undefined)[];
}

/** @param options.tls more options; by default a certificate is asked for and not verified */
export async function createTlsBackend(
  t: AfterHook,
  identity: CertificateFiles,
  { tls = {}, ...options }: Omit<RecordingBackendOptions, 'tls'> & { readonly tls?: TlsOptions } = {},
): Promise<TlsBackend> {
  const backend = await createRecordingBackend(t, {
    ...options,
    tls: {
      cert: readFileSync(identity.certificate),
      key: readFileSync(identity.key),
      requestCert: true,
      rejectUnauthorized: false,
      ...tls,
    },
  });
  const sockets = (): TLSSocket[] => backend.connections.map(({ socket }) => socket as TLSSocket);
  return Object.defineProperties(backend, {
    shown: { get: () => sockets().map((socket) => commonNameOf(socket)) },
    askedFor: { get: () => sockets().map(({ servername }) => (servername === false ? undefined : servername)) },
  }) as TlsBackend;
}

function commonNameOf(socket: TLSSocket): string {
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? name : '';
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface ClientSide {
  readonly gateway: TestGateway;
  /** GET from the upstream of this name, unless `init` says otherwise. */
  ask(upstream: string, init?: RequestInit): Promise<Answer>;
  /** The configuration for these upstreams, for a reload. */
  document(upstreams: Readonly<Record<string, object>>): string;
}

/** A gateway on 127.0.0.1 that sends `/NAME/…` to the upstream of that name. */
export async function startClientSide(
  t: AsyncAfterHook,
  directory: string,
  upstreams: Readonly<Record<string, object>>,
  options: TestGatewayOptions = {},
): Promise<ClientSide> {
  const document = (all: typeof upstreams): string =>
    JSON.stringify({
      servers: [
        { listen: '127.0.0.1:0', routes: Object.keys(all).map((name) => ({ path: `/${name}/`, upstream: name })) },
      ],
      upstreams: all,
      log: { access: 'off' },
    });
  const gateway = await startTestGateway(t, directory, document(upstreams), options);
  return {
    gateway,
    document,
    async ask(upstream, init = {}) {
      const response = await fetch(`http://127.0.0.1:${gateway.port()}/${upstream}/`, init);
      return { status: response.status, body: await response.text() };
    },
  };
}
