// Keeps the page in touch with the gateway: a snapshot, then its events, then snapshots again from time to time. It notices
// when nothing comes any more, tries again by itself, and says at every moment how things are.

/** @import { Snapshot, RefusalEntry, ReloadFacts, Readiness } from '../snapshot.ts' */
/** @import { SecondEvent } from '../events.ts' */
import { joinHistory, withRefusal, withSecond } from './live-model.js';

/**
 * @typedef {object} Link
 * @property {'connecting' | 'live' | 'lost'} state
 * @property {number | null} lostAtMs by the clock of the browser
 * @property {number | null} retryAtMs by the clock of the browser
 */

/**
 * @typedef {object} ConnectionEvents
 * @property {(snapshot: Snapshot) => void} onSnapshot
 * @property {(link: Link) => void} onLink
 */

/** The gateway sends something every second. */
const silenceMs = 6_000;
const quietMs = 10_000;
/** A browser has few connections to one host: pages that nobody looks at leave theirs to others. */
const unseenMs = 60_000;
/** However much happens, snapshots are not asked for more often. */
const busyMs = 2_000;
const firstRetryMs = 1_000;
const lastRetryMs = 10_000;

/** @param {ConnectionEvents} events */
export function createConnection({ onSnapshot, onLink }) {
  /** @type {Snapshot | undefined} */
  let snapshot;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {Link} */
  let link = { state: 'connecting', lostAtMs: null, retryAtMs: null };
  let heardAt = 0;
  let takenAt = Number.NEGATIVE_INFINITY;
  /** How long the last snapshot took: one that is large is asked for less often. */
  let costMs = 0;
  let retryMs = firstRetryMs;
  let fetching = false;
  let wanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let leaving;

  /** @param {Link} next */
  function tell(next) {
    link = next;
    onLink(link);
  }

  /** @param {Snapshot} next */
  function take(next) {
    if (next === snapshot) return;
    snapshot = next;
    onSnapshot(next);
  }

  async function fetchSnapshot() {
    const history = snapshot?.history;
    const since = history === undefined ? '' : `?since=${history.firstSecond + history.requests.length - 1}`;
    const begun = performance.now();
    const answer = await fetch(`api/snapshot${since}`, { cache: 'no-store', signal: AbortSignal.timeout(silenceMs) });
    if (!answer.ok) throw new Error(`the gateway answered ${answer.status}`);
    /** @type {Snapshot} */
    const after = await answer.json();
    costMs = performance.now() - begun;
    takenAt = performance.now();
    return after;
  }

  async function refresh() {
    if (fetching || link.state === 'lost') return;
    fetching = true;
    wanted = false;
    try {
      take(joinHistory(snapshot, await fetchSnapshot()));
    } catch {
      lose();
    } finally {
      fetching = false;
    }
  }

  /** Soon, but no more often than is good for the gateway. A page that nobody sees asks for nothing. */
  function refreshSoon() {
    wanted = true;
    if (timer !== undefined || document.hidden) return;
    const pause = Math.max(busyMs, costMs * 20);
    const wait = Math.max(80, takenAt + pause - performance.now());
    timer = setTimeout(() => {
      timer = undefined;
      if (!document.hidden) void refresh();
    }, wait);
  }

  async function connect() {
    source?.close();
    try {
      const after = await fetchSnapshot();
      take(joinHistory(snapshot, after));
    } catch {
      lose();
      return;
    }
    heardAt = performance.now();
    const mine = new EventSource('api/events');
    source = mine;
    /** @type {(name: string, use: (data: any) => void) => void} */
    const on = (name, use) => {
      mine.addEventListener(name, (event) => {
        heardAt = performance.now();
        if (source === mine) use(JSON.parse(event.data));
      });
    };
    on('hello', () => {
      retryMs = firstRetryMs;
      tell({ state: 'live', lostAtMs: null, retryAtMs: null });
      // What happened between the snapshot and the stream.
      refreshSoon();
    });
    on('second', (/** @type {SecondEvent} */ data) => {
      if (snapshot !== undefined) take(withSecond(snapshot, data));
      if (performance.now() - takenAt > quietMs) refreshSoon();
    });
    on('refusal', (/** @type {RefusalEntry} */ data) => {
      if (snapshot !== undefined) take(withRefusal(snapshot, data));
      refreshSoon();
    });
    on('reload', (/** @type {ReloadFacts} */ lastReload) => {
      if (snapshot !== undefined) take({ ...snapshot, configuration: { ...snapshot.configuration, lastReload } });
      refreshSoon();
    });
    on('readiness', (/** @type {Readiness} */ readiness) => {
      if (snapshot !== undefined) take({ ...snapshot, readiness });
      refreshSoon();
    });
    for (const name of ['request', 'upstream', 'omitted']) on(name, refreshSoon);
    mine.onerror = () => {
      if (source === mine) lose();
    };
  }

  function lose() {
    source?.close();
    source = undefined;
    const at = Date.now();
    tell({ state: 'lost', lostAtMs: link.lostAtMs ?? at, retryAtMs: at + retryMs });
    retryMs = Math.min(retryMs * 2, lastRetryMs);
  }

  /** No event comes from now on, and none is missed: it is not lost. */
  function leave() {
    source?.close();
    source = undefined;
  }

  function retry() {
    if (link.state !== 'lost') return;
    tell({ ...link, state: 'connecting', retryAtMs: null });
    void connect();
  }

  setInterval(() => {
    if (link.state === 'lost' && link.retryAtMs !== null && Date.now() >= link.retryAtMs) retry();
    else if (link.state === 'live' && source !== undefined && performance.now() - heardAt > silenceMs) lose();
  }, 250);
  addEventListener('online', retry);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) {
      leaving = setTimeout(leave, unseenMs);
      return;
    }
    if (source === undefined && link.state === 'live') void connect();
    retry();
    if (wanted) refreshSoon();
  });
  void connect();

  return { retry, refreshSoon };
}
