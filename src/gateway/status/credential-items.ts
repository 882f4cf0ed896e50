// Everything in force that runs out some day: certificates, CAs, revocation lists, each with its file and who uses it. The
// configuration and what was read for it in, a list out. Pure.

import type { Config } from '../../config/schema.ts';
import { endIsNearFromMs, listEndIsNearFromMs } from '../../credentials/credential-warning.ts';
import type { Credentials } from '../../credentials/load-credentials.ts';
import type { Certificate } from '../../x509/certificate.ts';
import type { Crl } from '../../x509/crl.ts';
import { type CertificateFacts, certificateFacts } from '../observe/certificate-facts.ts';

export type CredentialKind = 'server' | 'client-ca' | 'crl' | 'upstream-client' | 'upstream-ca';

export interface CredentialItem {
  readonly kind: CredentialKind;
  /** Subject; of a revocation list its issuer. */
  readonly name: string;
  readonly file: string;
  /** `server NAME`, `upstream NAME`, `admin`. */
  readonly usedBy: readonly string[];
  /** notBefore, thisUpdate. */
  readonly notBeforeMs: number;
  /** notAfter, nextUpdate; null: without an end. */
  readonly notAfterMs: number | null;
  /** From when on its end is near. */
  readonly nearFromMs: number | null;
  /** Null for a revocation list. */
  readonly certificate: CertificateFacts | null;
  /** Null for a certificate. */
  readonly revoked: number | null;
}

export type CredentialState = 'good' | 'ends-soon' | 'ended' | 'not-yet';

export function credentialStateOf(
  { notBeforeMs, notAfterMs, nearFromMs }: Pick<CredentialItem, 'notBeforeMs' | 'notAfterMs' | 'nearFromMs'>,
  nowMs: number,
): CredentialState {
  if (nowMs < notBeforeMs) return 'not-yet';
  if (notAfterMs !== null && nowMs > notAfterMs) return 'ended';
  return nearFromMs !== null && nowMs > nearFromMs ? 'ends-soon' : 'good';
}

/** The one that runs out first is first; those without an end are last. */
export function credentialItemsOf(config: Config, credentials: Credentials): readonly CredentialItem[] {
  const items = new Map<string, CredentialItem>();
  const add = (item: CredentialItem, fingerprint: string): void => {
    const key = `${item.kind}\0${item.file}\0${fingerprint}`;
    const known = items.get(key);
    items.set(key, known === undefined ? item : { ...known, usedBy: [...known.usedBy, ...item.usedBy] });
  };
  const addCertificate = (kind: CredentialKind, certificate: Certificate, file: string, user: string): void =>
    add(certificateItem(kind, certificate, file, user), certificate.sha256);

  for (const { name, tls } of [...config.servers, { name: 'admin', tls: config.admin?.tls }]) {
    const isAdmin = tls !== undefined && tls === config.admin?.tls;
    const own = isAdmin ? credentials.admin : credentials.servers.get(name);
    if (tls === undefined || own === undefined) continue;
    const user = isAdmin ? 'admin' : `server ${name}`;
    addCertificate('server', own.leaf, tls.certificate, user);
    for (const anchor of own.anchors) {
      addCertificate('client-ca', anchor, own.origins?.anchors.get(anchor.sha256) ?? list(tls.clients.ca), user);
    }
    for (const crl of own.revocationLists) {
      add(listItem(crl, own.origins?.lists.get(crl) ?? list(tls.clients.crl), user), crl.signature.toString('hex'));
    }
  }
  for (const { name, tls } of Object.values(config.upstreams)) {
    const own = credentials.upstreams.get(name);
    if (tls === undefined || own === undefined) continue;
    const user = `upstream ${name}`;
    const leaf = own.client?.leaf;
    if (leaf !== undefined) addCertificate('upstream-client', leaf, tls.pkcs12 ?? tls.certificate ?? '', user);
    for (const anchor of own.anchors === 'system' ? [] : own.anchors) {
      const file = own.origins?.anchors.get(anchor.sha256) ?? list(tls.ca === 'system' ? [] : tls.ca);
      addCertificate('upstream-ca', anchor, file, user);
    }
    for (const crl of own.revocationLists) {
      add(listItem(crl, own.origins?.lists.get(crl) ?? list(tls.crl), user), crl.signature.toString('hex'));
    }
  }
  const endOf = ({ notAfterMs }: CredentialItem): number => notAfterMs ?? Number.MAX_SAFE_INTEGER;
  return [...items.values()].sort((a, b) => endOf(a) - endOf(b));
}

const list = (files: readonly string[]): string => files.join(', ');

function certificateItem(kind: CredentialKind, certificate: Certificate, file: string, user: string): CredentialItem {
  const facts = certificateFacts(certificate);
  return {
    kind,
    name: facts.subject,
    file,
    usedBy: [user],
    notBeforeMs: facts.notBeforeMs,
    notAfterMs: facts.notAfterMs,
    nearFromMs: endIsNearFromMs(certificate),
    certificate: facts,
    revoked: null,
  };
}

function listItem(crl: Crl, file: string, user: string): CredentialItem {
  return {
    kind: 'crl',
    name: crl.issuerDn,
    file,
    usedBy: [user],
    notBeforeMs: crl.thisUpdate.getTime(),
    notAfterMs: crl.nextUpdate?.getTime() ?? null,
    nearFromMs: listEndIsNearFromMs(crl) ?? null,
    certificate: null,
    revoked: crl.revokedCount,
  };
}
