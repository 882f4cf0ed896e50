// What a certificate says of its holder, as rows of a list of facts.

/** @import { CertificateFacts, AltNameFacts } from '../snapshot.ts' */
/** @import { LiveTimes } from './live-times.js' */
import { h } from './element.js';
import { visibleText } from './visible-text.js';

/** @typedef {readonly [name: string, value: Node | string | null]} Fact */

/**
 * @param {CertificateFacts} certificate
 * @param {LiveTimes} times
 * @returns {Fact[]}
 */
export function certificateFacts({ subject, issuer, altNames, serial, sha256, notBeforeMs, notAfterMs }, times) {
  return [
    ['Subject', code(subject === '' ? '(empty)' : subject)],
    ['Names', listAltNames(altNames).length === 0 ? null : code(listAltNames(altNames).join('\n'))],
    ['Issuer', code(issuer)],
    ['Serial', code(serial)],
    ['SHA-256', code(sha256)],
    ['Valid from', times.element(notBeforeMs)],
    [notAfterMs < times.nowMs() ? 'Ended' : 'Ends', times.element(notAfterMs)],
  ];
}

/**
 * @param {AltNameFacts} names
 * @returns {string[]} with their kind: `DNS a.example`
 */
export function listAltNames({ dns, email, uri, ip }) {
  return [
    ...dns.map((name) => `DNS ${name}`),
    ...email.map((name) => `email ${name}`),
    ...uri.map((name) => `URI ${name}`),
    ...ip.map((name) => `IP ${name}`),
  ];
}

/**
 * @param {readonly Fact[]} facts those without a value are left out
 * @returns {Node[]} children of a <dl class="facts">
 */
export function factRows(facts) {
  return facts.flatMap(([name, value]) =>
    value === null ? [] : [h('div', {}, h('dt', {}, name), h('dd', {}, value))],
  );
}

/** @param {string} text of a stranger */
export function code(text) {
  return h('code', {}, visibleText(text));
}
