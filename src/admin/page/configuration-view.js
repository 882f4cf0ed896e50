// What is in force, where it came from, what the last reload said, and a button for the next one.

/** @import { Snapshot, ReloadFacts, ReloadAnswer, AdminError, ProcessFacts } from '../snapshot.ts' */
/** @import { LiveTimes } from './live-times.js' */
import { code, factRows } from './certificate-facts.js';
import { makeCopy } from './copy.js';
import { byId, fill, h, setText, syncChildren } from './element.js';
import { formatBytes, formatCount, formatDuration } from './format.js';
import { icon } from './icons.js';
import { visibleText } from './visible-text.js';

/** @param {{ readonly times: LiveTimes, readonly refresh: () => void }} parts */
export function createConfigurationView({ times, refresh }) {
  const button = /** @type {HTMLButtonElement} */ (byId('reload'));
  const outcome = byId('reload-outcome');
  const text = byId('configuration-text');
  let shown = '';
  button.addEventListener('click', reload);
  makeCopy(byId('configuration-copy'), () => shown);

  async function reload() {
    button.disabled = true;
    setText(button, 'Reloading…');
    fill(outcome);
    try {
      // A form of another site could not send this type: the gateway takes no other.
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch('api/reload', { method: 'POST', headers, signal: AbortSignal.timeout(60_000) });
      /** @type {ReloadAnswer | AdminError} */
      const said = await answer.json();
      if ('error' in said) showOutcome(false, said.error.message);
      else
        showOutcome(
          said.result === 'succeeded',
          said.result === 'succeeded' ? 'Taken into use.' : 'Not taken into use: the one before it stays in force.',
        );
    } catch {
      showOutcome(false, 'The gateway did not answer.');
    }
    button.disabled = false;
    setText(button, 'Reload');
    refresh();
  }

  /**
   * @param {boolean} succeeded
   * @param {string} words
   */
  function showOutcome(succeeded, words) {
    fill(outcome, icon(succeeded ? 'good' : 'bad'), words);
  }

  /** @param {Snapshot['configuration']} configuration */
  function showFacts({ file, loadedAtMs, reloads }) {
    const place = byId('configuration-facts');
    const state = `${file} ${loadedAtMs} ${reloads.succeeded} ${reloads.failed}`;
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    const count = `${formatCount(reloads.succeeded)} taken into use, ${formatCount(reloads.failed)} refused`;
    fill(
      place,
      ...factRows([
        ['File', code(file)],
        ['Read', times.element(loadedAtMs)],
        ['Reloads', count],
      ]),
    );
  }

  /** @param {ReloadFacts | null} last */
  function showLastReload(last) {
    const place = byId('last-reload');
    const state = JSON.stringify(last);
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    if (last === null) {
      fill(place, h('p', { class: 'none' }, 'None since the start.'));
      return;
    }
    const succeeded = last.result === 'succeeded';
    fill(
      place,
      h(
        'p',
        { class: `reloaded ${last.result}` },
        icon(succeeded ? 'good' : 'bad'),
        h('b', {}, succeeded ? 'Taken into use' : 'Refused'),
        times.element(last.atMs),
      ),
      h('pre', { class: 'message' }, visibleLines(last.message)),
    );
  }

  return {
    /** @param {Snapshot} snapshot */
    update({ configuration, program, processes }) {
      showFacts(configuration);
      showLastReload(configuration.lastReload);
      syncChildren(byId('addresses'), program.addresses, {
        key: ({ url, servers }) => `${url} ${servers.join(' ')}`,
        create: ({ url, servers }) => h('li', {}, code(url), h('span', {}, visibleText(servers.join(', ')))),
      });
      syncChildren(byId('processes'), processes, {
        key: ({ pid }) => String(pid),
        create: createProcess,
        update: updateProcess,
      });
      if (configuration.text !== shown) {
        shown = configuration.text;
        fill(text, ...highlight(shown));
      }
    },
  };
}

/** @param {ProcessFacts} process */
function createProcess({ pid, worker }) {
  const name = worker === 0 ? `Process ${pid}` : `Worker ${worker}, process ${pid}`;
  return h('div', { class: 'process' }, h('h3', {}, name), h('dl', { class: 'facts' }));
}

/**
 * @param {HTMLElement} element
 * @param {ProcessFacts} process
 */
function updateProcess(element, { eventLoopUtilization, eventLoopLagMs, memory, openConnections }) {
  const values = [
    ['Busy', `${(eventLoopUtilization * 100).toFixed(0)} %`],
    ['Timers late', `${formatDuration(eventLoopLagMs.p99)} (99th), ${formatDuration(eventLoopLagMs.max)} at most`],
    ['Memory', `${formatBytes(memory.rss)}, heap ${formatBytes(memory.heapUsed)} of ${formatBytes(memory.heapTotal)}`],
    ['Connections', formatCount(openConnections)],
  ];
  const list = element.querySelector('dl');
  if (list === null) return;
  if (list.childElementCount === 0) fill(list, ...factRows(values.map(([name = '', value = '']) => [name, value])));
  for (const [index, [, value = '']] of values.entries()) {
    const place = list.children[index]?.lastElementChild;
    if (place) setText(place, value);
  }
}

/**
 * Keys stand back, what is said of them comes forward.
 * @param {string} yaml
 */
function highlight(yaml) {
  return yaml.split('\n').flatMap((line) => {
    const match = /^(\s*(?:- )*)([^\s:#'"{[-][^:]*:)(.*)$/.exec(visibleText(line));
    if (match === null) return [`${visibleText(line)}\n`];
    const [, indent = '', key = '', rest = ''] = match;
    return [indent, h('span', { class: 'key' }, key), `${rest}\n`];
  });
}

/** @param {string} text */
function visibleLines(text) {
  return text.split('\n').map(visibleText).join('\n');
}
