// What is behind the gateway: each upstream with its servers, whether they answer, and what they have cost.

/** @import { Snapshot, UpstreamEntry, UpstreamServerEntry } from '../snapshot.ts' */
/** @import { LiveTimes } from './live-times.js' */
import { byId, fill, h, setText, syncChildren } from './element.js';
import { formatCount, nothing, plural } from './format.js';
import { icon } from './icons.js';
import { visibleText } from './visible-text.js';

/** @typedef {'up' | 'failing' | 'down'} Health */

/** @type {Readonly<Record<Health, import('./icons.js').IconName>>} */
const healthIcons = { up: 'good', failing: 'warn', down: 'bad' };

const columns = ['Server', 'State', 'In flight', 'Idle', 'Requests', 'Errors', 'Last answer'];

/** @param {{ readonly times: LiveTimes }} parts */
export function createUpstreamsView({ times }) {
  /** @param {UpstreamEntry} upstream */
  function create({ name }) {
    const head = columns.map((label, index) => h('th', { scope: 'col', class: kindOf(index) }, label));
    return h(
      'section',
      { class: 'panel flush', 'aria-label': `Upstream ${visibleText(name)}` },
      h('div', { class: 'upstream-head' }, h('h2', {}, visibleText(name)), h('p', {})),
      h('table', { class: 'servers' }, h('thead', {}, h('tr', {}, ...head)), h('tbody')),
    );
  }

  /**
   * @param {HTMLElement} element
   * @param {UpstreamEntry} upstream
   */
  function update(element, { balance, usedBy, servers }) {
    const line = element.querySelector('.upstream-head p');
    const choice = servers.length > 1 ? `${balance} over ${plural(servers.length, 'server')}` : '';
    const routes = usedBy.length === 0 ? 'no route leads there' : `for ${usedBy.map(visibleText).join(', ')}`;
    if (line !== null) setText(line, [choice, routes].filter((text) => text !== '').join(' · '));
    const body = element.querySelector('tbody');
    if (body !== null) syncChildren(body, servers, { key: ({ url }) => url, create: createRow, update: updateRow });
  }

  /** @param {UpstreamServerEntry} server */
  function createRow({ url, backup, weight }) {
    const notes = [backup ? 'backup' : '', weight === 1 ? '' : `weight ${weight}`]
      .filter((note) => note !== '')
      .join(', ');
    const address = h(
      'td',
      {},
      h('code', {}, visibleText(url)),
      notes === '' ? '' : h('span', { class: 'note' }, notes),
    );
    return h(
      'tr',
      {},
      address,
      ...columns.slice(1).map((label, index) => h('td', { class: kindOf(index + 1), 'data-label': label })),
    );
  }

  /**
   * @param {HTMLElement} row
   * @param {UpstreamServerEntry} server
   */
  function updateRow(row, server) {
    const [, state, inFlight, idle, requests, errors, last] = row.children;
    if (!state || !inFlight || !idle || !requests || !errors || !last) return;
    /** @type {Health} */
    const health = !server.up ? 'down' : server.why === null ? 'up' : 'failing';
    const why = server.why ?? '';
    if (row.dataset.state !== `${health} ${why}`) {
      row.dataset.state = `${health} ${why}`;
      row.dataset.health = health;
      fill(state, icon(healthIcons[health]), h('b', {}, health), h('span', { class: 'note' }, visibleText(why)));
    }
    setText(inFlight, formatCount(server.inFlight));
    setText(idle, formatCount(server.idleConnections));
    setText(requests, formatCount(server.requests));
    showErrors(errors, server);
    showTime(last, server.lastAnswerAtMs);
  }

  /**
   * @param {Element} cell
   * @param {UpstreamServerEntry} server
   */
  function showErrors(cell, { errors, requests, lastError }) {
    const share = requests === 0 ? 0 : (errors / requests) * 100;
    const percent = errors === 0 ? '' : share < 0.1 ? ' (<0.1 %)' : ` (${share.toFixed(1)} %)`;
    setText(cell, `${formatCount(errors)}${percent}`);
    if (lastError !== null) cell.setAttribute('title', visibleText(lastError.text));
  }

  /**
   * @param {Element} cell
   * @param {number | null} atMs
   */
  function showTime(cell, atMs) {
    const time = cell.firstElementChild;
    if (atMs === null) setText(cell, nothing);
    else if (time instanceof HTMLTimeElement) times.set(time, atMs);
    else fill(cell, times.element(atMs));
  }

  return {
    /** @param {Snapshot} snapshot */
    update({ upstreams }) {
      syncChildren(byId('upstreams-list'), upstreams, { key: ({ name }) => name, create, update });
      byId('upstreams-empty').hidden = upstreams.length > 0;
      const servers = upstreams.flatMap((upstream) => upstream.servers);
      const down = servers.filter(({ up }) => !up).length;
      const state = down === 0 ? 'all up' : `${formatCount(down)} down`;
      setText(byId('upstreams-tally'), servers.length === 0 ? '' : `${plural(servers.length, 'server')}, ${state}`);
    },
  };
}

/** @param {number} index of a column */
function kindOf(index) {
  return index < 2 ? '' : index === 3 || index === 6 ? 'number third' : 'number';
}
