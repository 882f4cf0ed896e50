// Upstreams: what `tls` and `balance` need, and what would be ignored or make the TLS of some servers pointless.

import { isIP } from 'node:net';
import { resolve } from 'node:path';
import type { Finding, KeyPath } from '../config-error.ts';
import { parseHostName } from '../server-name.ts';
import { parseUpstreamUrl, type UpstreamAddress } from '../upstream-url.ts';
import { checkSocketPath } from './check-socket-path.ts';
import { fieldsOf, oneOrMoreOf, textOf } from './raw.ts';

type Fields = Readonly<Record<string, unknown>>;

export function checkUpstreams(document: Fields, folder: string): Finding[] {
  return Object.entries(fieldsOf(document.upstreams)).flatMap(([name, value]) => {
    const upstream = fieldsOf(value);
    const path = ['upstreams', name];
    return [
      ...checkServers(upstream, path, folder),
      ...checkBalance(upstream, path),
      ...checkCredentials(fieldsOf(upstream.tls), [...path, 'tls']),
    ];
  });
}

interface Server {
  readonly path: KeyPath;
  readonly address: UpstreamAddress;
}

function checkServers(upstream: Fields, path: KeyPath, folder: string): Finding[] {
  const entries = oneOrMoreOf(upstream.servers);
  const servers = entries.flatMap(({ value, steps }) => readServer(value, [...path, 'servers', ...steps]));
  const findings: Finding[] = servers.flatMap(({ address, path: at }, index) => {
    const twin = servers.slice(0, index).some((other) => other.address.url === address.url);
    return [
      ...(twin ? [{ path: at, message: `${address.url} is given twice` }] : []),
      ...(address.kind === 'unix' ? checkSocketPath(resolve(folder, address.socketPath), at) : []),
    ];
  });
  if (entries.length > 0 && entries.every(({ value }) => fieldsOf(value).backup === true)) {
    findings.push({
      path: [...path, 'servers'],
      message: 'every server is a backup: leave one that is not',
      atKey: true,
    });
  }
  const secure = servers.filter(({ address }) => address.protocol === 'https');
  const plain = servers.find(({ address }) => address.protocol === 'http');
  const [first] = secure;
  if (first !== undefined && plain !== undefined) {
    const message = `${plain.address.url} would send in the clear what ${first.address.url} encrypts: make two upstreams`;
    findings.push({ path: plain.path, message });
  }
  return [...findings, ...checkTls(upstream, path, first, plain)];
}

function checkTls(upstream: Fields, path: KeyPath, secure: Server | undefined, plain: Server | undefined): Finding[] {
  const tls = fieldsOf(upstream.tls);
  if (secure === undefined) {
    const ignored = upstream.tls !== undefined && plain !== undefined;
    return ignored
      ? [{ path: [...path, 'tls'], message: 'no server here is https: it would be ignored', atKey: true }]
      : [];
  }
  if (tls.ca === undefined && tls.unsafeSkipVerify !== true) {
    const advice = 'give `tls: { ca: … }`, a PEM file of its authority, or `ca: system` for the public roots';
    const at = upstream.tls === undefined ? secure.path : [...path, 'tls'];
    return [{ path: at, message: `nothing is given to verify ${secure.address.url} by: ${advice}` }];
  }
  return [];
}

function readServer(value: unknown, path: KeyPath): Server[] {
  const url = textOf(value) ?? textOf(fieldsOf(value).url);
  try {
    return url === undefined ? [] : [{ path, address: parseUpstreamUrl(url) }];
  } catch {
    return [];
  }
}

function checkBalance(upstream: Fields, path: KeyPath): Finding[] {
  if (upstream.balance === 'hash' && upstream.hashKey === undefined) {
    return [{ path: [...path, 'balance'], message: 'needs `hashKey`: what is hashed, `$remote_addr` for example' }];
  }
  if (upstream.balance !== 'hash' && upstream.hashKey !== undefined) {
    return [{ path: [...path, 'hashKey'], message: 'is for `balance: hash`', atKey: true }];
  }
  return [];
}

function checkCredentials(tls: Fields, path: KeyPath): Finding[] {
  const needs = [
    ['key', 'certificate'],
    ['keyPasswordFile', 'certificate'],
    ['pkcs12PasswordFile', 'pkcs12'],
  ] as const;
  const findings: Finding[] = needs
    .filter(([key, needed]) => tls[key] !== undefined && tls[needed] === undefined)
    .map(([key, needed]) => ({ path: [...path, key], message: `needs \`${needed}\``, atKey: true }));
  if (tls.pkcs12 !== undefined && tls.certificate !== undefined) {
    findings.push({
      path: [...path, 'pkcs12'],
      message: 'is in place of `certificate` and `key`: give one',
      atKey: true,
    });
  }
  const serverName = textOf(tls.serverName);
  if (serverName !== undefined && serverName !== '' && !isHost(serverName)) {
    findings.push({ path: [...path, 'serverName'], message: 'is the name of a host or an IP address' });
  }
  return findings;
}

function isHost(text: string): boolean {
  return isIP(text) !== 0 || parseHostName(text) !== undefined;
}
