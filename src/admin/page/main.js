// The page: puts the views together, shows the one that the address names, and keeps it true every second. Everything that
// is shown comes from the snapshot alone.

/** @import { Snapshot } from '../snapshot.ts' */
import { createCertificatesView } from './certificates-view.js';
import { createClientsView } from './clients-view.js';
import { createConfigurationView } from './configuration-view.js';
import { createConnection } from './connection.js';
import { byId } from './element.js';
import { createFrame } from './frame.js';
import { listenToKeys } from './keyboard.js';
import { createLiveTimes } from './live-times.js';
import { createNowView } from './now-view.js';
import { createRefusedView } from './refused-view.js';
import { createRouter } from './router.js';
import { createUpstreamsView } from './upstreams-view.js';

/**
 * @typedef {object} View
 * @property {(snapshot: Snapshot) => void} update
 * @property {() => void} [shown] it was opened, or its filters in the address have changed
 */

const names = ['now', 'clients', 'refused', 'certificates', 'upstreams', 'configuration'];
const router = createRouter(names);
const times = createLiveTimes();
const parts = { router, times };

/** @type {Snapshot | undefined} */
let snapshot;
const frame = createFrame(parts, () => connection.retry());

/** @type {Readonly<Record<string, View>>} */
const views = {
  now: createNowView(parts),
  clients: createClientsView(parts),
  refused: createRefusedView(parts),
  certificates: createCertificatesView(parts),
  upstreams: createUpstreamsView(parts),
  configuration: createConfigurationView({ ...parts, refresh: () => connection.refreshSoon() }),
};

function show() {
  for (const name of names) byId(name).hidden = name !== router.view;
  frame.showView(router.view);
  const view = views[router.view];
  view?.shown?.();
  if (snapshot !== undefined) view?.update(snapshot);
}

let drawing = false;
/** Several events of one moment are drawn once. A page that nobody sees is not drawn: it has no animation frames. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (snapshot === undefined) return;
    frame.update(snapshot);
    views[router.view]?.update(snapshot);
  });
}

const connection = createConnection({
  onSnapshot(next) {
    if (next.takenAtMs !== snapshot?.takenAtMs) times.synchronize(next.takenAtMs);
    snapshot = next;
    draw();
  },
  onLink(link) {
    frame.showLink(link, snapshot);
  },
});

router.onChange(() => {
  show();
  scrollTo(0, 0);
});
listenToKeys(names, router);
setInterval(() => {
  frame.tick();
  times.refresh(byId(router.view));
}, 1000);
show();
