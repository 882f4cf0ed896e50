// Which view is shown, and what is filtered in it: both stand in the address, so that a view can be bookmarked and sent to
// somebody. `#refused?reason=not-allowed&text=alice`.

/** @param {readonly string[]} views the first is shown where the address names none */
export function createRouter(views) {
  /** @type {Set<() => void>} */
  const listeners = new Set();
  const read = () => {
    const [name = '', query = ''] = location.hash.slice(1).split('?');
    return { view: views.includes(name) ? name : (views[0] ?? ''), query: new URLSearchParams(query) };
  };
  let current = read();
  addEventListener('hashchange', () => {
    current = read();
    for (const listener of listeners) listener();
  });
  return {
    /** The name of the view that is shown. */
    get view() {
      return current.view;
    },
    /** @param {string} name */
    get(name) {
      return current.query.get(name) ?? '';
    },
    /**
     * Changes what is filtered, without a step in the browser's history for each letter.
     * @param {string} name
     * @param {string} value empty removes it
     */
    set(name, value) {
      if (value === '') current.query.delete(name);
      else current.query.set(name, value);
      const query = current.query.toString();
      history.replaceState(null, '', `#${current.view}${query === '' ? '' : `?${query}`}`);
    },
    /** @param {string} view */
    go(view) {
      location.hash = `#${view}`;
    },
    /** @param {() => void} listener called when another view or filter is to be shown */
    onChange(listener) {
      listeners.add(listener);
    },
  };
}

/** @typedef {ReturnType<typeof createRouter>} Router */
