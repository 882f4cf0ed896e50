// The CA and the certificates of the demonstration, made on the first start and kept for the next ones. What has run out,
// or soon will, is renewed.

import { existsSync, readFileSync } from 'node:fs';
import type { IssueRequest } from '../ca/issue.ts';
import { type CaStore, initCa, openCa } from '../ca/store.ts';
import { parseCrl, splitCrls } from '../x509/crl.ts';

export interface DemoCertificates {
  readonly directory: string;
  readonly ca: string;
  readonly crl: string;
  readonly server: { readonly certificate: string; readonly key: string };
  /** Admitted: a client of Company A. */
  readonly clientA: { readonly certificate: string; readonly key: string; readonly bundle: string };
  /** Verified, but allowed nowhere: a client of another company. */
  readonly stranger: { readonly bundle: string };
}

const renewBeforeDays = 7;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * @param serverName one more name for the server's certificate, beside localhost
 * @throws MutualError where the directory holds another CA's files, or cannot be written
 */
export async function ensureDemoCertificates(
  dir: string,
  options: { readonly serverName?: string; readonly now: () => number },
): Promise<DemoCertificates> {
  const store = await openOrInit(dir);
  const names = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'];
  if (options.serverName !== undefined) names.push(`DNS:${options.serverName}`);
  const wanted: readonly IssueRequest[] = [
    { name: 'server', profile: 'server', subject: 'O=Company B', altNames: names },
    { name: 'client-a', profile: 'client', subject: 'O=Company A' },
    { name: 'stranger', profile: 'client', subject: 'O=Company X' },
  ];
  for (const request of wanted) await ensureCertificate(store, request, options.now());
  await ensureCrl(store, options.now());
  const server = store.entryPaths('server');
  const clientA = store.entryPaths('client-a');
  return {
    directory: store.paths.directory,
    ca: store.paths.certificate,
    crl: store.paths.crl,
    server: { certificate: server.certificate, key: server.key },
    clientA: { certificate: clientA.certificate, key: clientA.key, bundle: clientA.bundle },
    stranger: { bundle: store.entryPaths('stranger').bundle },
  };
}

async function openOrInit(dir: string): Promise<CaStore> {
  return existsSync(`${dir}/ca.crt`) ? openCa({ dir }) : initCa({ dir, name: 'mutual demo CA' });
}

async function ensureCertificate(store: CaStore, request: IssueRequest, nowMs: number): Promise<void> {
  if (!existsSync(store.entryPaths(request.name).certificate)) {
    await store.issue(request);
    return;
  }
  const listed = (await store.list()).filter(({ name }) => name === request.name);
  const end = Math.max(0, ...listed.map(({ notAfter }) => notAfter.getTime()));
  if (end < nowMs + renewBeforeDays * dayMs) await store.renew({ name: request.name });
}

/** An expired list would refuse everybody. */
async function ensureCrl(store: CaStore, nowMs: number): Promise<void> {
  const [der] = splitCrls(readFileSync(store.paths.crl), store.paths.crl);
  const end = der === undefined ? undefined : parseCrl(der).nextUpdate;
  if (end === undefined || end.getTime() < nowMs + renewBeforeDays * dayMs) await store.writeCrl();
}
