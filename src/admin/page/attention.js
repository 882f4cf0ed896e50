// A snapshot in, what an operator should look at out, the worst first. Pure.

/** @import { Snapshot, CertificateEntry } from '../snapshot.ts' */
import { formatDate, plural } from './format.js';

/**
 * @typedef {{ readonly level: 'bad' | 'warn' | 'good', readonly text: string, readonly view: string }} Attention
 */

/** Timers that are later than this are felt by clients. */
const lateMs = 200;

/** What certificates are called on the page. */
export const kindNames = {
  server: 'server certificate',
  'client-ca': 'CA of clients',
  crl: 'revocation list',
  'upstream-client': 'client certificate for an upstream',
  'upstream-ca': 'CA of an upstream',
};

/**
 * @param {Snapshot} snapshot
 * @returns {Attention[]}
 */
export function findAttention(snapshot) {
  const { readiness, configuration, processes } = snapshot;
  /** @type {Attention[]} */
  const found = readiness.reasons.map(({ code, text }) => ({
    level: 'bad',
    text,
    view: code.startsWith('certificate') || code.startsWith('crl') ? 'certificates' : 'now',
  }));
  found.push(...certificateAttention(snapshot), ...upstreamAttention(snapshot));
  const { lastReload } = configuration;
  if (lastReload?.result === 'failed') {
    const [first = ''] = lastReload.message.split('\n');
    found.push({ level: 'bad', text: `The last reload failed: ${first}`, view: 'configuration' });
  }
  for (const { worker, eventLoopLagMs } of processes) {
    if (eventLoopLagMs.p99 <= lateMs) continue;
    const who = worker === 0 ? 'The process' : `Worker ${worker}`;
    found.push({
      level: 'warn',
      text: `${who} is busy: its timers are up to ${Math.round(eventLoopLagMs.p99)} ms late`,
      view: 'configuration',
    });
  }
  return [...found.filter(({ level }) => level === 'bad'), ...found.filter(({ level }) => level === 'warn')];
}

/**
 * @param {Snapshot} snapshot
 * @returns {Attention[]}
 */
function certificateAttention({ certificates, readiness }) {
  const told = (/** @type {CertificateEntry} */ { file, name }) =>
    readiness.reasons.some(({ text }) => text.includes(file) || text.includes(name));
  return certificates
    .filter((entry) => entry.state !== 'good' && !(entry.state !== 'ends-soon' && told(entry)))
    .map((entry) => ({
      level: entry.state === 'ends-soon' ? 'warn' : 'bad',
      text: `The ${kindNames[entry.kind]} ${entry.name} ${stateWords(entry)}`,
      view: 'certificates',
    }));
}

/** @param {CertificateEntry} entry */
function stateWords({ state, daysLeft, notAfterMs, notBeforeMs }) {
  if (state === 'not-yet') return `is not valid before ${formatDate(notBeforeMs)}`;
  if (state === 'ended') return `ended on ${formatDate(notAfterMs ?? 0)}`;
  return daysLeft === null || daysLeft < 1 ? 'ends within a day' : `ends in ${plural(daysLeft, 'day')}`;
}

/**
 * @param {Snapshot} snapshot
 * @returns {Attention[]}
 */
function upstreamAttention({ upstreams }) {
  return upstreams.flatMap(({ name, servers }) =>
    servers
      .filter(({ up, why }) => !up || why !== null)
      .map(({ url, up, why }) => ({
        level: up ? 'warn' : 'bad',
        text: `Upstream ${name}${healthWords(url, up, why)}`,
        view: 'upstreams',
      })),
  );
}

/**
 * @param {string} url
 * @param {boolean} up
 * @param {string | null} why a sentence, which may speak of the address itself
 */
function healthWords(url, up, why) {
  const state = up ? 'has failed' : 'is down';
  if (why === null) return `: ${url} ${state}`;
  return why.includes(url) ? ` ${state}: ${why}` : `: ${url} ${state}: ${why}`;
}
