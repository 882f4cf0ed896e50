// Says in the log when the end of a certificate or of a revocation list comes near, and when it has come: at once, and
// again every day until it is mended.

import type { Logger } from 'pino';
import { type CredentialItem, type CredentialState, credentialStateOf } from './credential-items.ts';

interface Said {
  readonly state: CredentialState;
  readonly atMs: number;
}

export interface ExpiryNotice {
  readonly item: CredentialItem;
  readonly state: 'ends-soon' | 'ended';
}

const dayMs = 24 * 60 * 60 * 1000;
const lookMs = 60_000;

/**
 * What is to be said now. Pure but for `said`, which is brought up to date.
 *
 * @param said by `keyOf`; an item that is not in it was read just now, and its reading has said what there is to say
 */
export function decideExpiryNotices(
  items: readonly CredentialItem[],
  said: Map<string, Said>,
  nowMs: number,
): readonly ExpiryNotice[] {
  const notices: ExpiryNotice[] = [];
  const current = new Set(items.map(keyOf));
  for (const key of said.keys()) if (!current.has(key)) said.delete(key);
  for (const item of items) {
    const key = keyOf(item);
    const state = credentialStateOf(item, nowMs);
    const before = said.get(key);
    if (before !== undefined && before.state === state && nowMs - before.atMs < dayMs) continue;
    said.set(key, { state, atMs: nowMs });
    if (before === undefined || (state !== 'ends-soon' && state !== 'ended')) continue;
    notices.push({ item, state });
  }
  return notices;
}

function keyOf({ kind, file, name, notBeforeMs, notAfterMs, certificate }: CredentialItem): string {
  return [kind, file, name, notBeforeMs, notAfterMs, certificate?.sha256].join('\0');
}

export interface ExpiryWatch {
  look(): void;
  close(): void;
}

export function createExpiryWatch(dependencies: {
  readonly items: () => readonly CredentialItem[];
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly now: () => number;
}): ExpiryWatch {
  const { items, log, now } = dependencies;
  const said = new Map<string, Said>();
  const look = (): void => {
    for (const { item, state } of decideExpiryNotices(items(), said, now())) {
      const { kind, name, file, usedBy, notAfterMs } = item;
      const end = new Date(notAfterMs ?? 0).toISOString();
      const what = `${kind === 'crl' ? 'the revocation list' : 'the certificate'} ${file} (${name})`;
      const facts = { kind, name, file, used_by: usedBy, not_after: end };
      if (state === 'ended') log.error(facts, `${what} ran out on ${end}: replace it now`);
      else log.warn(facts, `${what} runs out on ${end}: replace it before`);
    }
  };
  look();
  const timer = setInterval(look, lookMs).unref();
  return { look, close: () => clearInterval(timer) };
}
