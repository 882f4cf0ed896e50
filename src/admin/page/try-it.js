// A snapshot of a gateway that nobody has called yet in, lines to paste into a shell out. Pure.

/** @import { Snapshot, CertificateEntry } from '../snapshot.ts' */

/**
 * @typedef {{ readonly why: string, readonly command: string }} Trial
 */

/**
 * @param {Snapshot} snapshot
 * @returns {Trial[]} one for each address, the one of clients with certificates first
 */
export function findTrials({ program, certificates }) {
  const trials = program.addresses.map(({ url, servers }) =>
    url.startsWith('https:') ? tlsTrial(url, servers, certificates) : plainTrial(url),
  );
  return trials.sort((a, b) => Number(b.command.includes('--cert ')) - Number(a.command.includes('--cert ')));
}

/** @param {string} url */
function plainTrial(url) {
  const unix = /^unix:(.*)$/.exec(url)?.[1];
  const command = unix === undefined ? `curl ${word(`${url}/`)}` : `curl --unix-socket ${word(unix)} http://localhost/`;
  return { why: 'Plain HTTP', command };
}

/**
 * @param {string} url
 * @param {readonly string[]} servers
 * @param {readonly CertificateEntry[]} certificates
 */
function tlsTrial(url, servers, certificates) {
  const used = (/** @type {CertificateEntry} */ { usedBy }) =>
    usedBy.some((by) => servers.includes(by.replace(/^server /, '')));
  const own = certificates.find((entry) => entry.kind === 'server' && used(entry));
  const asks = certificates.some((entry) => entry.kind === 'client-ca' && used(entry));
  const issuer = own?.certificate?.issuer;
  const ca = certificates.find(({ kind, name }) => kind.endsWith('-ca') && name === issuer)?.file;
  const mine = certificates.find(({ kind }) => kind === 'upstream-client')?.file;
  const name = own?.certificate?.altNames.dns.find((dns) => !dns.includes('*'));
  const { hostname, port } = new URL(url);
  const parts = ['curl'];
  if (ca !== undefined) parts.push(`--cacert ${word(ca)}`);
  if (asks)
    parts.push(
      mine === undefined ? '--cert client.crt --key client.key' : `--cert ${word(mine)} --key ${word(keyBeside(mine))}`,
    );
  if (name !== undefined && name !== 'localhost')
    parts.push(`--resolve ${word(`${name}:${port}:${reachable(hostname)}`)}`);
  parts.push(word(`https://${name ?? reachable(hostname)}:${port}/`));
  return { why: asks ? 'Mutual TLS, with the certificate of a client' : 'TLS', command: parts.join(' ') };
}

/**
 * Where a key usually lies; whoever has it elsewhere sees what to change.
 * @param {string} certificate
 */
function keyBeside(certificate) {
  return certificate.replace(/\.\w+$/, '.key');
}

/**
 * An address that stands for all of the machine cannot be called.
 * @param {string} hostname
 */
function reachable(hostname) {
  if (hostname === '0.0.0.0') return '127.0.0.1';
  return hostname === '[::]' ? '[::1]' : hostname;
}

/**
 * As a shell takes for one word, whatever is in it.
 * @param {string} text
 */
function word(text) {
  return /^[\w@%+=:,./[\]-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
