// Times that stay true: `5 min ago` in the page, the whole date as its title, counted by the clock of the gateway.

import { h, setText } from './element.js';
import { formatAbsolute, formatRelative } from './format.js';

/** @typedef {ReturnType<typeof createLiveTimes>} LiveTimes */

export function createLiveTimes() {
  /** How far the clock of the gateway is ahead of ours. */
  let offsetMs = 0;
  const nowMs = () => Date.now() + offsetMs;

  /**
   * @param {HTMLTimeElement} element
   * @param {number} atMs
   */
  function set(element, atMs) {
    if (element.dataset.at !== String(atMs)) {
      element.dataset.at = String(atMs);
      element.dateTime = new Date(atMs).toISOString();
      element.title = formatAbsolute(atMs);
    }
    setText(element, formatRelative(atMs, nowMs()));
  }

  return {
    nowMs,
    /** @param {number} takenAtMs of a snapshot that has just come */
    synchronize(takenAtMs) {
      const next = takenAtMs - Date.now();
      // A snapshot takes its time to come: smaller differences are that, and would make the numbers jump.
      if (Math.abs(next - offsetMs) > 1_000) offsetMs = next;
    },
    /** @param {number} atMs */
    element(atMs) {
      const element = h('time', { class: 'time' });
      set(element, atMs);
      return element;
    },
    set,
    /** @param {ParentNode} root */
    refresh(root) {
      for (const element of root.querySelectorAll('time[data-at]')) {
        const time = /** @type {HTMLTimeElement} */ (element);
        set(time, Number(time.dataset.at));
      }
    },
  };
}
