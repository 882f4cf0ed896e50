// Asks a running gateway's admin listener for a snapshot: over TCP or a socket of the file system, with a certificate where
// it wants one. It only ever reads.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Snapshot } from '../../admin/snapshot.ts';
import type { AdminConfig } from '../../config/schema.ts';
import { MutualError, messageOf, whyUnreadable } from '../../errors.ts';

export interface AdminAddress {
  /** For people: `http://127.0.0.1:9901`, `unix:/run/mutual-admin.sock`. */
  readonly text: string;
  readonly options: https.RequestOptions;
  readonly isTls: boolean;
}

export interface TlsFiles {
  readonly cacert?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

const timeoutMs = 5_000;
/** More than the longest snapshot by far; an answer that does not end is none. */
const mostBytes = 64 << 20;

/** @param url `http:`, `https:` or `unix:/path` @throws MutualError `usage` */
export function parseAdminUrl(url: string): AdminAddress {
  const socketPath = /^unix:(\/.*)$/.exec(url)?.[1];
  if (socketPath !== undefined) return { text: url, options: { socketPath, host: 'localhost' }, isTls: false };
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw new MutualError(
      'usage',
      `--url ${url}: an address like http://127.0.0.1:9901 or unix:/run/admin.sock is expected`,
    );
  }
  const isTls = parsed.protocol === 'https:';
  const port = parsed.port === '' ? (isTls ? 443 : 80) : Number(parsed.port);
  return { text: parsed.origin, options: { host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'), port }, isTls };
}

/** The address at which a configuration has it. @throws MutualError `usage` where it has none that can be known */
export function adminAddressOf(admin: AdminConfig | undefined, file: string): AdminAddress {
  if (admin === undefined) {
    throw new MutualError('usage', `${file} has no admin listener: add \`admin: true\` to it and reload`);
  }
  const { listen, tls } = admin;
  if (listen.kind === 'unix')
    return {
      text: `unix:${listen.path}`,
      options: { socketPath: listen.path, host: 'localhost' },
      isTls: tls !== undefined,
    };
  if (listen.port === 0) {
    throw new MutualError('usage', `${file} lets the system choose the port of the admin listener: give it with --url`);
  }
  // An address that stands for all of the machine cannot be called.
  const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host;
  const shown = host.includes(':') ? `[${host}]` : host;
  const isTls = tls !== undefined;
  return { text: `${isTls ? 'https' : 'http'}://${shown}:${listen.port}`, options: { host, port: listen.port }, isTls };
}

/** @throws MutualError `file-unreadable` */
export function withTlsFiles(address: AdminAddress, files: TlsFiles): AdminAddress {
  const read = (file: string | undefined): Buffer | undefined => (file === undefined ? undefined : readTlsFile(file));
  const [ca, cert] = [read(files.cacert), read(files.cert)];
  const key = read(files.key) ?? cert;
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  return { ...address, options: { ...address.options, ...tls } };
}

function readTlsFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new MutualError('file-unreadable', `${file} ${whyUnreadable(error)}`, { cause: error });
  }
}

/** @throws MutualError `admin-unreachable` */
export function fetchSnapshot({ options, isTls, text }: AdminAddress): Promise<Snapshot> {
  const unreachable = (why: string, cause?: unknown): MutualError =>
    new MutualError('admin-unreachable', `the admin listener at ${text} ${why}`, { cause });
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const headers = { accept: 'application/json' };
    const request = (isTls ? https : http).get({ ...options, path: '/api/snapshot', agent: false, headers, signal });
    request.once('error', (error) => {
      const why = signal.aborted ? `did not answer in ${timeoutMs / 1000} s` : `cannot be reached: ${messageOf(error)}`;
      reject(unreachable(why, error));
    });
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length > mostBytes) response.destroy(new Error('the answer does not end'));
      });
      response.once('error', (error) => reject(unreachable(`broke off: ${messageOf(error)}`, error)));
      response.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        const snapshot = response.statusCode === 200 ? parseSnapshot(body) : undefined;
        if (snapshot !== undefined) resolve(snapshot);
        else reject(unreachable(`answered ${response.statusCode}, and not with a snapshot: is it one of mutual?`));
      });
    });
  });
}

function parseSnapshot(body: string): Snapshot | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const known = typeof value === 'object' && value !== null && 'format' in value && value.format === 1;
    return known ? (value as Snapshot) : undefined;
  } catch {
    return undefined;
  }
}
