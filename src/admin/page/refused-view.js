// Who was refused, why, and what to do about it. While somebody reads, nothing moves: newer refusals wait behind a button.

/** @import { Snapshot, RefusalEntry } from '../snapshot.ts' */
/** @import { Router } from './router.js' */
/** @import { LiveTimes } from './live-times.js' */
import { byId, fill, h, setText, syncChildren } from './element.js';
import { formatCount, plural } from './format.js';
import { createRefusalItem } from './refusal-item.js';

const pageSize = 100;

/** @param {{ readonly router: Router, readonly times: LiveTimes }} parts */
export function createRefusedView({ router, times }) {
  const list = byId('refusals');
  const search = /** @type {HTMLInputElement} */ (byId('refused-text'));
  const pick = /** @type {HTMLSelectElement} */ (byId('refused-reason'));
  const newer = /** @type {HTMLButtonElement} */ (byId('refused-newer'));
  const more = byId('refused-more');
  /** @type {Set<string>} */
  const open = new Set();
  let most = pageSize;
  /** @type {Snapshot | undefined} */
  let current;
  /** What the list was made of when it was drawn last. @type {readonly RefusalEntry[] | undefined} */
  let drawn;

  search.addEventListener('input', () => {
    router.set('text', search.value);
    redraw();
  });
  pick.addEventListener('change', () => {
    router.set('reason', pick.value);
    redraw();
  });
  newer.addEventListener('click', () => {
    open.clear();
    redraw();
    // The button goes, and what had the keyboard must not be nowhere.
    byId('content').focus({ preventScroll: true });
  });
  more.addEventListener('click', () => {
    most = Number.POSITIVE_INFINITY;
    redraw();
  });

  function redraw() {
    if (current !== undefined) draw(current, true);
  }

  const isRead = () => open.size > 0 || list.matches(':hover') || list.contains(document.activeElement);

  /**
   * @param {Snapshot} snapshot
   * @param {boolean} [asked] somebody has asked for the newest
   */
  function draw({ refusals, refusalsByReason }, asked = false) {
    const entries = isRead() && !asked && drawn !== undefined ? drawn : refusals.entries;
    drawn = entries;
    showReasons(refusalsByReason);
    const text = search.value.trim().toLowerCase();
    const wanted = (/** @type {RefusalEntry} */ entry) =>
      (pick.value === '' || entry.code === pick.value) && (text === '' || textOf(entry).includes(text));
    const found = entries.filter(wanted);
    const shown = found.slice(0, most);
    syncChildren(list, shown, {
      key: ({ id }) => id,
      create: (entry) => createRefusalItem(entry, { times, open }),
      update: (element, { atMs }) => {
        const time = element.querySelector('time');
        if (time !== null) times.set(time, atMs);
      },
    });
    const known = new Set(entries.map(({ id }) => id));
    const waiting = refusals.entries.filter((entry) => !known.has(entry.id) && wanted(entry)).length;
    newer.disabled = waiting === 0;
    setText(newer, waiting === 0 ? '' : `Show ${formatCount(waiting)} newer`);
    more.hidden = found.length <= shown.length;
    setText(more, `Show all ${formatCount(found.length)}`);
    const all = plural(entries.length, 'refusal');
    setText(
      byId('refused-tally'),
      found.length === entries.length ? `the last ${all}` : `${formatCount(found.length)} of the last ${all}`,
    );
    const empty = byId('refused-empty');
    empty.hidden = found.length > 0;
    setText(
      empty,
      entries.length === 0
        ? 'Nobody has been refused. Try it: call the gateway without a certificate.'
        : 'No refusal is like that. What is searched: names, serials, addresses, hosts, paths, reasons.',
    );
  }

  /** @param {Snapshot['refusalsByReason']} reasons */
  function showReasons(reasons) {
    const wanted = router.get('reason');
    /** @type {{ code: string, text: string }[]} */
    const options = reasons.map(({ code, title, count }) => ({ code, text: `${title} (${formatCount(count)})` }));
    // What the address asks for can be undone here, though it has not occurred.
    if (wanted !== '' && !reasons.some(({ code }) => code === wanted)) options.push({ code: wanted, text: wanted });
    const all = { code: '', text: 'Every reason' };
    // In the order of the words: one that overtakes another must not move under the pointer.
    const sorted = [all, ...options.sort((a, b) => (a.text < b.text ? -1 : 1))];
    const state = JSON.stringify(sorted);
    if (pick.dataset.state !== state) {
      pick.dataset.state = state;
      fill(pick, ...sorted.map(({ code, text }) => h('option', { value: code }, text)));
    }
    pick.value = wanted;
  }

  return {
    /** @param {Snapshot} snapshot */
    update(snapshot) {
      current = snapshot;
      draw(snapshot);
    },
    shown() {
      search.value = router.get('text');
      most = pageSize;
      drawn = undefined;
      open.clear();
      const id = router.get('id');
      if (id !== '') open.add(id);
      fill(list);
      if (current === undefined || id === '') return;
      draw(current, true);
      list.querySelector('[aria-expanded=true]')?.scrollIntoView({ block: 'center' });
    },
  };
}

/** @param {RefusalEntry} entry */
function textOf(entry) {
  const { certificate } = entry;
  const names =
    certificate === null ? [] : [certificate.subject, certificate.issuer, certificate.serial, certificate.sha256];
  const alternative = certificate === null ? [] : Object.values(certificate.altNames).flat();
  const { title, reason, code, address, serverName, host, server, route, path, method, requestId, upstream, rule } =
    entry;
  const rest = [title, reason, code, address, serverName, host, server, route, path, method, requestId, upstream, rule];
  return [...names, ...alternative, ...rest].join('\n').toLowerCase();
}
