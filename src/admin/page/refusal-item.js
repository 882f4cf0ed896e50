// One refusal: a line that says who, what and why, and below it, when it is opened, the reason in plain words, what to do,
// and every fact that is known.

/** @import { RefusalEntry } from '../snapshot.ts' */
/** @import { LiveTimes } from './live-times.js' */
import { certificateFacts, code, factRows } from './certificate-facts.js';
import { splitName } from './distinguished-name.js';
import { h, setAttribute } from './element.js';
import { icon } from './icons.js';
import { visibleText } from './visible-text.js';

/**
 * @param {RefusalEntry} entry
 * @param {{ readonly times: LiveTimes, readonly open: Set<string> }} parts `open`: the refusals that are opened
 */
export function createRefusalItem(entry, { times, open }) {
  const { id, atMs, title, reason, certificate, address, status } = entry;
  const detail = h('div', { class: 'refusal-detail', id: `refusal-${id}`, hidden: !open.has(id) });
  const who = certificate === null ? null : splitName(certificate.subject).name;
  const button = h(
    'button',
    {
      type: 'button',
      class: 'refusal-line',
      'aria-expanded': String(open.has(id)),
      'aria-controls': `refusal-${id}`,
      onclick: toggle,
    },
    icon('open'),
    times.element(atMs),
    h('b', {}, title),
    h(
      'span',
      { class: 'who' },
      who === null ? h('i', {}, 'no certificate') : visibleText(who),
      h('span', { class: 'from' }, address),
    ),
    h('span', { class: 'asked' }, visibleText(askedFor(entry))),
    h(
      'span',
      { class: 'status', title: status === null ? 'no HTTP response was sent' : null },
      status === null ? 'TLS' : status,
    ),
    h('span', { class: 'reason' }, visibleText(reason)),
  );
  if (open.has(id)) fillDetail();

  function toggle() {
    if (!open.delete(id)) open.add(id);
    const isOpen = open.has(id);
    if (isOpen) fillDetail();
    detail.hidden = !isOpen;
    setAttribute(button, 'aria-expanded', String(isOpen));
  }

  function fillDetail() {
    if (detail.childElementCount > 0) return;
    detail.append(
      h(
        'div',
        { class: 'answers' },
        h('div', {}, h('h2', {}, 'Why'), h('p', {}, visibleText(entry.explanation))),
        h('div', {}, h('h2', {}, 'What to do'), h('p', {}, visibleText(entry.whatToDo))),
      ),
      h(
        'div',
        { class: 'detail-in' },
        h('dl', { class: 'facts' }, ...factRows(requestFacts(entry, times))),
        certificate === null
          ? h('p', { class: 'none' }, 'No certificate was shown, or none could be read.')
          : h('dl', { class: 'facts' }, ...factRows(certificateFacts(certificate, times))),
      ),
    );
  }

  return h('li', {}, button, detail);
}

/** @param {RefusalEntry} entry */
function askedFor({ kind, method, path, host, serverName, server }) {
  if (kind === 'connection') return serverName ?? server ?? 'connection';
  return `${method ?? ''} ${host ?? ''}${path ?? ''}`.trim();
}

/**
 * @param {RefusalEntry} entry
 * @param {LiveTimes} times
 */
function requestFacts(entry, times) {
  /** @type {(text: string | number | null) => Node | null} */
  const text = (value) => (value === null || value === '' ? null : code(String(value)));
  const { depth, serverName, host, server } = entry;
  return /** @type {const} */ ([
    ['When', times.element(entry.atMs)],
    ['Code', text(entry.code)],
    ['From', text(`${entry.address} port ${entry.port}`)],
    ['Server name', text(serverName)],
    // What says the same again is left out.
    ['Host', host === serverName ? null : text(host)],
    ['Server', server === serverName ? null : text(server)],
    ['Route', text(entry.route)],
    ['Rule', text(entry.rule)],
    ['Request', text(entry.method === null ? null : `${entry.method} ${entry.path ?? ''}`)],
    ['Status', text(entry.status)],
    ['Upstream', text(entry.upstream)],
    ['Request id', text(entry.requestId)],
    ['Verification', text(entry.verifyError)],
    ['Found at', depth === null ? null : depth === 0 ? "the client's own certificate" : `issuer ${depth} of its chain`],
  ]);
}
