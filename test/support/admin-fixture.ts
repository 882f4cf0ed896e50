// An admin listener of the test's own: the real page, with snapshots and events that the test makes up. For states that a
// real gateway takes days to get into: a CA about to end, a thousand clients, hostile names.

import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import type { EventName, EventTypes } from '../../src/admin/events.ts';
import { contentSecurityPolicy } from '../../src/admin/page-files.ts';
import type { Snapshot } from '../../src/admin/snapshot.ts';

const root = resolve(import.meta.dirname, '../..');
const page = join(root, 'src/admin/page');
const uplot = join(root, 'node_modules/uplot/dist');

const elsewhere: Readonly<Record<string, string>> = {
  '/': join(page, 'index.html'),
  '/uplot.js': join(uplot, 'uPlot.esm.js'),
  '/uplot.css': join(uplot, 'uPlot.min.css'),
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface AdminFixture {
  readonly url: string;
  /** What the next snapshot is. */
  snapshot: Snapshot;
  /** How many streams of events are open. */
  readonly streams: number;
  /** Resolves when so many are. */
  streamsAre(count: number): Promise<void>;
  /** To every stream that is open. */
  send<Name extends EventName>(name: Name, data: EventTypes[Name]): void;
  /** Drops every connection and refuses new ones. */
  disconnect(): Promise<void>;
  /** Listens again, on the same port. */
  reconnect(): Promise<void>;
  close(): Promise<void>;
}

export async function startAdminFixture(first: Snapshot): Promise<AdminFixture> {
  const streams = new Set<ServerResponse>();
  const changes = new EventEmitter();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (url.pathname === '/api/snapshot') {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(fixture.snapshot));
    } else if (url.pathname === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
      streams.add(response);
      changes.emit('change');
      response.once('close', () => {
        streams.delete(response);
        changes.emit('change');
      });
      const { takenAtMs, program } = fixture.snapshot;
      const hello = { format: 1, version: program.version, startedAtMs: program.startedAtMs, atMs: takenAtMs };
      response.write(`event: hello\ndata: ${JSON.stringify({ ...hello, mostPerSecond: 50 })}\n\n`);
    } else if (url.pathname === '/api/reload' && request.headers['content-type'] === 'application/json') {
      const atMs = Date.now();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ format: 1, atMs, result: 'succeeded', message: 'taken into use' }));
    } else {
      sendFile(url.pathname, response);
    }
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  const fixture: AdminFixture = {
    url: `http://127.0.0.1:${port}/`,
    snapshot: first,
    get streams() {
      return streams.size;
    },
    async streamsAre(count) {
      while (streams.size !== count) await once(changes, 'change');
    },
    send(name, data) {
      for (const stream of streams) stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    async disconnect() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    reconnect: () => listen(server, port),
    async close() {
      if (server.listening) await fixture.disconnect();
    },
  };
  return fixture;
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

function sendFile(path: string, response: ServerResponse): void {
  const file = elsewhere[path] ?? join(page, path);
  try {
    const content = readFileSync(file);
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.setHeader('content-security-policy', contentSecurityPolicy);
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}
