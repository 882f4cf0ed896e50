// What stands around every view: the places to go, how things are, whether there is a connection, the theme.

/** @import { Snapshot } from '../snapshot.ts' */
/** @import { Link } from './connection.js' */
/** @import { Router } from './router.js' */
/** @import { LiveTimes } from './live-times.js' */
import { byId, fill, h, setAttribute, setText } from './element.js';
import { formatAge, formatClock, formatCount, plural } from './format.js';

/** @type {Readonly<Record<string, string>>} */
const themeNames = { auto: 'Auto', light: 'Light', dark: 'Dark' };

/**
 * @param {{ readonly router: Router, readonly times: LiveTimes }} parts
 * @param {() => void} retry
 */
export function createFrame({ router, times }, retry) {
  const root = document.documentElement;
  const linkText = byId('link-text');
  const lost = byId('lost');
  /** @type {Link} */
  let link = { state: 'connecting', lostAtMs: null, retryAtMs: null };
  /** @type {Snapshot | undefined} */
  let snapshot;
  let isWide = false;

  byId('lost-retry').addEventListener('click', retry);
  byId('theme').addEventListener('click', () => root.dispatchEvent(new Event('nexttheme')));
  root.addEventListener('themechange', showTheme);
  showTheme();

  function showTheme() {
    const name = themeNames[root.dataset.theme ?? 'auto'] ?? 'Auto';
    setText(byId('theme-text'), name);
    setAttribute(byId('theme'), 'aria-label', `Theme: ${name}`);
  }

  function showState() {
    const isLost = link.lostAtMs !== null;
    const ready = snapshot?.readiness.ready;
    const state = isLost
      ? 'lost'
      : link.state !== 'live' || ready === undefined
        ? 'connecting'
        : ready
          ? 'ready'
          : 'unready';
    const words = { lost: 'Not connected', connecting: 'Connecting', ready: 'Live', unready: 'Live, not ready' };
    setAttribute(byId('link'), 'data-state', state);
    setText(linkText, words[state]);
    lost.hidden = !isLost;
    document.title = `${isLost ? '(not connected) ' : state === 'unready' ? '(not ready) ' : ''}mutual`;
  }

  function showLost() {
    const { lostAtMs, retryAtMs } = link;
    if (lostAtMs === null) return;
    const seconds = retryAtMs === null ? 0 : Math.max(0, Math.ceil((retryAtMs - Date.now()) / 1000));
    const next = seconds === 0 ? 'Trying now…' : `Next try in ${seconds} s.`;
    const before = snapshot === undefined ? '' : ' What you see is from before.';
    setText(byId('lost-text'), `No connection to the gateway since ${formatClock(lostAtMs)}.${before} ${next}`);
  }

  /** @param {string} name */
  function showView(name) {
    for (const place of document.querySelectorAll('nav [data-view]')) {
      const isHere = place instanceof HTMLElement && place.dataset.view === name;
      setAttribute(place, 'aria-current', isHere ? 'page' : null);
      if (isHere) place.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  return {
    /** @param {Snapshot} next */
    update(next) {
      snapshot = next;
      showState();
      showCounts(next);
      showProgram(next, times.nowMs());
      // The counts have made the places wider.
      if (!isWide) showView(router.view);
      isWide = true;
    },
    /**
     * @param {Link} next
     * @param {Snapshot | undefined} current
     */
    showLink(next, current) {
      link = next;
      snapshot = current;
      showLost();
      showState();
    },
    showView,
    tick: showLost,
  };
}

/** @param {Snapshot} snapshot */
function showCounts({ clients, totals, certificates, upstreams }) {
  const ending = certificates.filter(({ state }) => state !== 'good').length;
  const down = upstreams.flatMap(({ servers }) => servers).filter(({ up }) => !up).length;
  showCount('count-clients', clients.entries.length, '');
  showCount('count-refused', totals.refusals, '');
  showCount('count-certificates', ending, 'to look at');
  showCount('count-upstreams', down, 'down');
}

/**
 * @param {string} id
 * @param {number} count
 * @param {string} what empty: nothing that is wrong
 */
function showCount(id, count, what) {
  const element = byId(id);
  const text = count === 0 ? '' : formatCount(count);
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  fill(element, text, what === '' || count === 0 ? null : h('span', { class: 'words' }, ` ${what}`));
  setAttribute(element, 'data-bad', what === '' || count === 0 ? null : '');
}

/**
 * @param {Snapshot} snapshot
 * @param {number} nowMs
 */
function showProgram({ program, processes }, nowMs) {
  const workers = processes.length > 1 ? ` · ${plural(processes.length, 'worker')}` : '';
  const { version, nodeVersion, opensslVersion, startedAtMs } = program;
  const up = formatAge(nowMs - startedAtMs);
  setText(
    byId('program'),
    `mutual ${version} · Node.js ${nodeVersion} · OpenSSL ${opensslVersion} · up ${up}${workers}`,
  );
}
