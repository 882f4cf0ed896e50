// Who calls: every client that showed a verified certificate, to be searched and sorted. Rows do not change places under a
// pointer or while one of them has the keyboard.

/** @import { Snapshot, ClientSeen } from '../snapshot.ts' */
/** @import { Router } from './router.js' */
/** @import { LiveTimes } from './live-times.js' */
import { certificateFacts, code, factRows, listAltNames } from './certificate-facts.js';
import { splitName } from './distinguished-name.js';
import { byId, fill, h, setAttribute, setText, syncChildren } from './element.js';
import { formatCount, nothing, plural } from './format.js';
import { icon } from './icons.js';
import { visibleText } from './visible-text.js';

/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} label
 * @property {string} [kind] class of its cells
 * @property {boolean} [falling] sorted so at first: the greatest on top
 * @property {(client: ClientSeen) => string | number} by
 */

/** @type {readonly Column[]} */
const columns = [
  {
    id: 'client',
    label: 'Client',
    kind: 'name',
    by: ({ certificate }) => splitName(certificate.subject).name.toLowerCase(),
  },
  { id: 'names', label: 'Other names', kind: 'third', by: ({ certificate }) => altNameText(certificate.altNames) },
  { id: 'issuer', label: 'Issuer', kind: 'third', by: ({ certificate }) => certificate.issuer },
  { id: 'serial', label: 'Serial', kind: 'third mono', by: ({ certificate }) => certificate.serial },
  { id: 'ends', label: 'Expires', kind: 'second', by: ({ certificate }) => certificate.notAfterMs },
  { id: 'seen', label: 'Last seen', kind: 'second', falling: true, by: ({ lastSeenAtMs }) => lastSeenAtMs },
  { id: 'requests', label: 'Requests', kind: 'number', falling: true, by: ({ requests }) => requests },
  { id: 'denials', label: 'Refused', kind: 'number', falling: true, by: ({ denials }) => denials },
];
const atFirst = 'seen';
const pageSize = 200;
/** A certificate that ends sooner is marked. */
const soonMs = 14 * 24 * 60 * 60 * 1000;

/** @param {{ readonly router: Router, readonly times: LiveTimes }} parts */
export function createClientsView({ router, times }) {
  const body = byId('clients-rows');
  const search = /** @type {HTMLInputElement} */ (byId('clients-text'));
  const more = byId('clients-more');
  /** @type {Set<string>} */
  const open = new Set();
  let most = pageSize;
  /** @type {Snapshot | undefined} */
  let current;
  /** The order in which rows are left while somebody is at them. @type {readonly string[]} */
  let order = [];

  const heads = columns.map((column) => {
    const button = h('button', { type: 'button', onclick: () => sortBy(column) }, column.label);
    return h('th', { scope: 'col', class: column.kind ?? '' }, button);
  });
  fill(byId('clients-head'), ...heads);
  search.addEventListener('input', () => {
    router.set('text', search.value);
    redraw();
  });
  more.addEventListener('click', () => {
    most = Number.POSITIVE_INFINITY;
    redraw();
  });

  /** @param {Column} column */
  function sortBy(column) {
    const falls = isFalling();
    const next = sortedBy() === column.id ? !falls : column.falling === true;
    router.set('sort', `${next ? '-' : ''}${column.id}`);
    redraw();
  }

  const sorting = () => router.get('sort');
  const sortedBy = () => sorting().replace(/^-/, '') || atFirst;
  const isFalling = () => (sorting() === '' ? true : sorting().startsWith('-'));

  /** Somebody has asked for it: at once, and in the right order. */
  function redraw() {
    order = [];
    if (current !== undefined) draw(current);
  }

  /** @param {Snapshot} snapshot */
  function draw({ clients }) {
    const text = search.value.trim().toLowerCase();
    const found = clients.entries.filter((client) => text === '' || textOf(client).includes(text));
    const sorted =
      body.matches(':hover') || body.contains(document.activeElement) ? keepOrder(found, order) : sort(found);
    order = sorted.map(keyOf);
    const shown = sorted.slice(0, most);
    syncChildren(
      body,
      shown.flatMap((client) => (open.has(keyOf(client)) ? [client, { below: client }] : [client])),
      {
        key: (row) => ('below' in row ? `below ${keyOf(row.below)}` : keyOf(row)),
        create: (row) => ('below' in row ? createDetail(row.below) : createRow(row)),
        update: (element, row) => {
          if ('below' in row) updateDetail(element, row.below);
          else updateRow(element, row);
        },
      },
    );
    for (const [index, { id }] of columns.entries()) {
      const direction = id === sortedBy() ? (isFalling() ? 'descending' : 'ascending') : null;
      const head = heads[index];
      if (head !== undefined) setAttribute(head, 'aria-sort', direction);
    }
    more.hidden = sorted.length <= shown.length;
    setText(more, `Show all ${formatCount(sorted.length)}`);
    showTally(clients, found.length, text);
  }

  /** @param {readonly ClientSeen[]} found */
  function sort(found) {
    const by = columns.find(({ id }) => id === sortedBy())?.by ?? (() => 0);
    const sign = isFalling() ? -1 : 1;
    return found
      .map((client) => ({ client, value: by(client) }))
      .sort((a, b) => (a.value < b.value ? -sign : a.value > b.value ? sign : 0))
      .map(({ client }) => client);
  }

  /** @param {ClientSeen} client */
  function createRow(client) {
    const { certificate } = client;
    const { name, rest } = splitName(certificate.subject);
    const key = keyOf(client);
    const toggle = h(
      'button',
      {
        type: 'button',
        class: 'disclose',
        'aria-expanded': String(open.has(key)),
        onclick: () => toggleRow(key, toggle),
      },
      icon('open'),
      h(
        'span',
        { class: 'two' },
        h('b', {}, visibleText(name)),
        h('span', {}, times.element(client.lastSeenAtMs), visibleText(rest)),
      ),
    );
    /** @type {readonly (Node | string)[]} */
    const cells = [
      toggle,
      visibleText(altNameText(certificate.altNames)),
      visibleText(splitName(certificate.issuer).name),
      certificate.serial,
      times.element(certificate.notAfterMs),
      times.element(client.lastSeenAtMs),
      '',
      h('a', { href: `#refused?text=${encodeURIComponent(certificate.sha256)}` }),
    ];
    const titles = ['', altNameText(certificate.altNames), certificate.issuer, certificate.serial];
    return h(
      'tr',
      {},
      ...columns.map(({ kind = '' }, index) => {
        const title = visibleText(titles[index] ?? '');
        return h('td', { class: kind, title: title === '' ? null : title }, cells[index] ?? '');
      }),
    );
  }

  /**
   * @param {HTMLElement} row
   * @param {ClientSeen} client
   */
  function updateRow(row, { certificate, lastSeenAtMs, requests, denials }) {
    const [, , , , ends, seen, count, refused] = row.children;
    // On a narrow screen it stands below the name.
    for (const time of [seen?.firstElementChild, row.querySelector('.two time')]) {
      if (time instanceof HTMLTimeElement) times.set(time, lastSeenAtMs);
    }
    const left = certificate.notAfterMs - times.nowMs();
    if (ends !== undefined) setAttribute(ends, 'data-state', left < 0 ? 'bad' : left < soonMs ? 'warn' : null);
    if (count !== undefined) setText(count, formatCount(requests));
    const link = refused?.firstElementChild;
    if (link instanceof HTMLAnchorElement) {
      setText(link, denials === 0 ? nothing : formatCount(denials));
      // A link that leads to nothing is none.
      setAttribute(link, 'href', denials === 0 ? null : `#refused?text=${encodeURIComponent(certificate.sha256)}`);
    }
  }

  /** @param {ClientSeen} client */
  function createDetail({ certificate }) {
    const live = h('dl', { class: 'facts' });
    const facts = h('dl', { class: 'facts' }, ...factRows(certificateFacts(certificate, times)));
    return h('tr', { class: 'detail' }, h('td', {}, h('div', { class: 'detail-in' }, facts, live)));
  }

  /**
   * @param {HTMLElement} row
   * @param {ClientSeen} client
   */
  function updateDetail(row, { firstSeenAtMs, lastSeenAtMs, lastAddress, lastServer, lastDenial, requests, denials }) {
    // Columns that are not shown on a narrow screen must not be counted: they would take their width.
    const shown = heads.filter((head) => head.offsetParent !== null).length;
    const [cell] = row.children;
    if (cell !== undefined) setAttribute(cell, 'colspan', String(shown));
    const state = [lastSeenAtMs, lastAddress, requests, denials].join(' ');
    if (row.dataset.state === state) return;
    row.dataset.state = state;
    const list = row.querySelector('dl:last-child');
    if (list === null) return;
    const rows = factRows([
      ['First seen', times.element(firstSeenAtMs)],
      ['Last seen', times.element(lastSeenAtMs)],
      ['Last address', code(lastAddress)],
      ['Last server', lastServer],
      ['Requests', formatCount(requests)],
      ['Refused', formatCount(denials)],
      ['Last refused', lastDenial === null ? null : times.element(lastDenial.atMs)],
      ['Why', lastDenial === null ? null : visibleText(lastDenial.reason)],
    ]);
    fill(list, ...rows);
  }

  /**
   * @param {string} key
   * @param {HTMLElement} toggle
   */
  function toggleRow(key, toggle) {
    if (!open.delete(key)) open.add(key);
    setAttribute(toggle, 'aria-expanded', String(open.has(key)));
    if (current !== undefined) draw(current);
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
      order = [];
    },
  };
}

/**
 * @param {Snapshot['clients']} clients
 * @param {number} found
 * @param {string} text
 */
function showTally({ entries, capacity, forgotten }, found, text) {
  const all = plural(entries.length, 'client');
  const tally = text === '' ? all : `${formatCount(found)} of ${all}`;
  setText(byId('clients-tally'), forgotten > 0 ? `${tally}, the last ${formatCount(capacity)} seen` : tally);
  const empty = byId('clients-empty');
  empty.hidden = found > 0;
  byId('clients-table').hidden = found === 0;
  setText(
    empty,
    entries.length === 0
      ? 'Nobody yet. Whoever shows a certificate that can be verified stands here from then on.'
      : 'No client is called that. What is searched: names, serials, issuers, fingerprints, addresses.',
  );
}

/** @param {ClientSeen} client */
function keyOf({ certificate }) {
  return certificate.sha256;
}

/** @param {ClientSeen['certificate']['altNames']} names */
function altNameText(names) {
  return listAltNames(names)
    .map((name) => name.slice(name.indexOf(' ') + 1))
    .join(', ');
}

/** @param {ClientSeen} client */
function textOf({ certificate, lastAddress, lastServer }) {
  const { subject, issuer, serial, sha256, altNames } = certificate;
  return [subject, issuer, serial, sha256, altNameText(altNames), lastAddress, lastServer].join('\n').toLowerCase();
}

/**
 * @param {readonly ClientSeen[]} found
 * @param {readonly string[]} order those that are not in it come last
 */
function keepOrder(found, order) {
  const place = new Map(order.map((key, index) => [key, index]));
  const of = (/** @type {ClientSeen} */ client) => place.get(keyOf(client)) ?? order.length;
  return [...found].sort((a, b) => of(a) - of(b));
}
