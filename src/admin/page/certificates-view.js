// Everything that runs out: certificates and revocation lists, the next one on top, with a bar of the time that is left.

/** @import { Snapshot, CertificateEntry } from '../snapshot.ts' */
/** @import { LiveTimes } from './live-times.js' */
import { kindNames } from './attention.js';
import { splitName } from './distinguished-name.js';
import { byId, h, setAttribute, setText, syncChildren } from './element.js';
import { formatCount, formatDate, nothing, plural } from './format.js';
import { icon } from './icons.js';
import { visibleText } from './visible-text.js';

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** In words, because a colour alone says nothing to some. */
const stateWords = { good: '', 'ends-soon': 'ends soon', ended: 'ended', 'not-yet': 'not valid yet' };

/** @type {Readonly<Record<CertificateEntry['state'], import('./icons.js').IconName>>} */
const stateIcons = { good: 'good', 'ends-soon': 'warn', ended: 'bad', 'not-yet': 'bad' };

/** @param {{ readonly times: LiveTimes }} parts */
export function createCertificatesView({ times }) {
  /** @param {CertificateEntry} entry */
  function create(entry) {
    const { kind, name, file, usedBy } = entry;
    const { name: short, rest } = splitName(name);
    return h(
      'li',
      {},
      h('span', { class: 'state' }),
      h(
        'div',
        { class: 'what' },
        h('b', { title: visibleText(name) }, visibleText(short)),
        h('span', { class: 'kind' }, kindNames[kind], rest === '' ? '' : ` · ${visibleText(rest)}`),
      ),
      h(
        'div',
        { class: 'left' },
        h('span', { class: 'days' }),
        h('span', { class: 'bar' }, h('span')),
        h('span', { class: 'ends' }),
      ),
      h(
        'div',
        { class: 'where' },
        h('span', {}, usedBy.map(visibleText).join(', ')),
        h('code', { title: file }, visibleText(file)),
      ),
    );
  }

  /**
   * @param {HTMLElement} element
   * @param {CertificateEntry} entry
   */
  function update(element, { state, notBeforeMs, notAfterMs, revoked }) {
    if (element.dataset.state !== state) {
      element.dataset.state = state;
      element.querySelector('.state')?.replaceChildren(icon(stateIcons[state]));
    }
    const left = notAfterMs === null ? null : notAfterMs - times.nowMs();
    const share = left === null || notAfterMs === null ? 1 : left / Math.max(1, notAfterMs - notBeforeMs);
    const bar = element.querySelector('.bar > span');
    if (bar instanceof HTMLElement) bar.style.width = `${Math.min(100, Math.max(0, share * 100))}%`;
    const days = element.querySelector('.days');
    if (days !== null) setText(days, left === null ? 'no end' : timeLeft(left));
    const ends = element.querySelector('.ends');
    if (ends === null) return;
    const end = notAfterMs === null ? nothing : formatDate(notAfterMs);
    const words = [stateWords[state], end, revoked === null ? '' : `${formatCount(revoked)} revoked`];
    setText(ends, words.filter((word) => word !== '').join(' · '));
    setAttribute(ends, 'title', notAfterMs === null ? null : new Date(notAfterMs).toISOString());
  }

  return {
    /** @param {Snapshot} snapshot */
    update({ certificates }) {
      syncChildren(byId('certificates-list'), certificates, {
        key: ({ kind, file, name, certificate }) => `${kind} ${file} ${name} ${certificate?.sha256 ?? ''}`,
        create,
        update,
      });
      byId('certificates-empty').hidden = certificates.length > 0;
      const ending = certificates.filter(({ state }) => state !== 'good').length;
      const all =
        certificates.length === 0 ? '' : `${plural(certificates.length, 'file entry', 'certificates and lists')}`;
      setText(
        byId('certificates-tally'),
        ending === 0 ? `${all}${all === '' ? '' : ', all good'}` : `${all}, ${formatCount(ending)} to look at`,
      );
    },
  };
}

/** @param {number} left milliseconds */
function timeLeft(left) {
  const length = Math.abs(left);
  const text =
    length < 2 * dayMs ? plural(Math.floor(length / hourMs), 'hour') : plural(Math.floor(length / dayMs), 'day');
  return left < 0 ? `${text} ago` : text;
}
