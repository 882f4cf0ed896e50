// The admin listener: an address of its own, that no client is served on, and rules that somebody can meet.

import { resolve } from 'node:path';
import type { Finding } from '../config-error.ts';
import { defaultAdminAddress } from '../document/admin.ts';
import { listenEntry } from '../document/listen.ts';
import { covers, formatListenAddress, type ListenAddress } from '../listen-address.ts';
import { verifyModeOf } from '../verify-mode.ts';
import { checkSocketPath } from './check-socket-path.ts';
import { fieldsOf, itemsOf, oneOrMoreOf } from './raw.ts';

type Fields = Readonly<Record<string, unknown>>;

export function checkAdmin(document: Fields, folder: string): Finding[] {
  const { admin } = document;
  if (admin === undefined || admin === false) return [];
  const isAddress = typeof admin === 'string' || typeof admin === 'number';
  const settings = isAddress ? { listen: admin } : fieldsOf(admin);
  return [
    ...checkAddress(document, settings, isAddress ? ['admin'] : ['admin', 'listen'], folder),
    ...checkRules(settings),
  ];
}

function checkAddress(document: Fields, settings: Fields, path: readonly string[], folder: string): Finding[] {
  const parsed = listenEntry.safeParse(settings.listen ?? defaultAdminAddress);
  if (!parsed.success) return [];
  const { proxyProtocol, http2, mode } = parsed.data;
  const address = inFolder(parsed.data.address, folder);
  const findings: Finding[] = [];
  if (proxyProtocol || http2 === true) {
    findings.push({ path, message: 'the admin listener has neither `proxyProtocol` nor `http2`' });
  }
  if (address.kind === 'tcp' && mode !== undefined) findings.push({ path, message: '`mode` is for unix sockets' });
  if (address.kind === 'unix') findings.push(...checkSocketPath(address.path, path));
  const key = formatListenAddress(address);
  for (const other of addressesOf(document, folder)) {
    const taken = formatListenAddress(other) === key && !(address.kind === 'tcp' && address.port === 0);
    if (!taken && !covers(other, address) && !covers(address, other)) continue;
    findings.push({
      path,
      message: `clients are served on ${formatListenAddress(other)}: the admin listener needs an address of its own`,
    });
    break;
  }
  return findings;
}

function addressesOf(document: Fields, folder: string): ListenAddress[] {
  return itemsOf(document.servers).flatMap((server) =>
    oneOrMoreOf(fieldsOf(server).listen).flatMap(({ value }) => {
      const parsed = listenEntry.safeParse(value);
      return parsed.success ? [inFolder(parsed.data.address, folder)] : [];
    }),
  );
}

function inFolder(address: ListenAddress, folder: string): ListenAddress {
  return address.kind === 'unix' ? { ...address, path: resolve(folder, address.path) } : address;
}

function checkRules(settings: Fields): Finding[] {
  const { clients } = fieldsOf(settings.tls);
  const verify = verifyModeOf(clients === null ? null : clients === undefined ? undefined : fieldsOf(clients));
  const findings: Finding[] = [];
  if (verify !== 'none' && clients !== null && fieldsOf(clients).ca === undefined) {
    const message = 'needs `ca`, the authorities whose clients are admitted (or `verify: none`)';
    findings.push({ path: ['admin', 'tls', 'clients'], message, atKey: true });
  }
  for (const key of ['ocsp', 'crlDistributionPoints'] as const) {
    if (fieldsOf(clients)[key] === undefined) continue;
    findings.push({
      path: ['admin', 'tls', 'clients', key],
      message: 'the admin listener goes by files only',
      atKey: true,
    });
  }
  for (const { value, steps } of oneOrMoreOf(fieldsOf(clients).crl)) {
    if (typeof value === 'string') continue;
    const path = ['admin', 'tls', 'clients', 'crl', ...steps];
    findings.push({ path, message: 'the admin listener takes revocation lists from files only' });
  }
  for (const key of ['allow', 'deny'] as const) {
    if (settings[key] !== undefined && verify === 'none') {
      const message =
        'no client certificate is asked for here, so no rule could ever hold: give it `tls.clients` with `ca`';
      findings.push({ path: ['admin', key], message, atKey: true });
    }
    for (const [index, rule] of itemsOf(settings[key]).entries()) {
      if (typeof rule !== 'object' || rule === null || Object.keys(rule).length > 0) continue;
      findings.push({ path: ['admin', key, index], message: 'a rule without keys holds for everybody: name one' });
    }
  }
  return findings;
}
