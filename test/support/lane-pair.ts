// Two gateways with the same configuration but for the lane, each before a backend of its own that answers from the same
// script: what one stream of requests leads to can be compared, at the client, at the backend and in the log.

import { mkdtempSync } from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Exchange } from '../../src/gateway/forward/exchange.ts';
import { parseMessages } from './parse-messages.ts';
import { type AsyncAfterHook, startTestGateway } from './test-gateway.ts';

/** What a backend does with a request. */
export interface ScriptedAnswer {
  /** Bytes of the answer, one a character, in the pieces in which they are written. */
  readonly pieces: readonly string[];
  /** Whether it answers before the body of the request has come. */
  readonly early: boolean;
  /** What becomes of the connection then. */
  readonly after: 'keep' | 'end' | 'reset';
}

/** A part of what a client sends, and what it waits for before it sends the next. */
export interface ClientStep {
  /** Bytes, one a character, in the pieces in which they are written. */
  readonly pieces: readonly string[];
  /** Of the requests in it: a HEAD is answered without a body. */
  readonly methods: readonly string[];
  /** Whether every request in it is well-formed and complete, so that an answer to each has to come. */
  readonly wholesome: boolean;
}

export interface Observation {
  /** What the client got, response by response, and how it ended. */
  readonly client: readonly string[];
  /** What the backend got, each request once, in the order of their first lines. */
  readonly backend: readonly string[];
  /** The exchanges in the log, likewise. */
  readonly log: readonly string[];
}

export interface Lane {
  observe(steps: readonly ClientStep[], answers: ReadonlyMap<string, ScriptedAnswer>): Promise<Observation>;
}

/** How long an answer is waited for that may never come. */
const quietMs = 700;
/** And one that has to come. */
const patienceMs = 10_000;

export async function startLane(t: AsyncAfterHook, lane: 'standard' | 'express'): Promise<Lane> {
  let answers: ReadonlyMap<string, ScriptedAnswer> = new Map();
  const received: string[] = [];
  const backend = net.createServer((socket) => serveScript(socket, () => answers, received));
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<Socket>();
  backend.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  t.after(() => {
    backend.close();
    for (const socket of sockets) socket.destroy();
  });
  const upstream = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  const gateway = await startTestGateway(
    t,
    mkdtempSync(join(tmpdir(), 'lane-')),
    JSON.stringify({
      servers: [
        {
          listen: '127.0.0.1:0',
          lane,
          routes: [
            { path: '/', upstream: 'service', headers: { 'X-Path': '$uri', 'X-Empty': '' } },
            { path: '/small', upstream: 'service', maxBodyBytes: 20 },
            { path: '/own', respond: { status: 200, body: 'own $request_method', headers: { 'X-Own': '$arg_a' } } },
            { path: '/nothing', respond: { status: 204 } },
          ],
        },
      ],
      upstreams: {
        service: { servers: [upstream], responseTimeout: '2s', bodyIdleTimeout: '5s', connectTimeout: '5s' },
      },
      limits: { maxHeaders: 20, maxHeadBytes: '1k', bodyIdleTimeout: '5s' },
      log: { access: 'off' },
    }),
  );
  const finished: Exchange[] = [];
  const { observer } = gateway;
  const { exchangeFinished } = observer;
  observer.exchangeFinished = (exchange) => {
    finished.push(exchange);
    exchangeFinished(exchange);
  };
  return {
    async observe(steps, script) {
      answers = script;
      received.length = 0;
      finished.length = 0;
      const client = await converse(gateway.port(), steps);
      // What was cut is let go of at both ends before it is looked at.
      for (let turns = 0; turns < 20; turns += 1) await nextTurn();
      return {
        client,
        backend: asSet(received.flatMap(backendView)),
        log: asSet(finished.filter(hasHead).map(logView)),
      };
    },
  };
}

/** Bytes that are no request have an exchange, too; what can be told of them depends on who was reading. */
function hasHead({ head }: Exchange): boolean {
  return head.rawHeaders.length > 0;
}

function asSet(lines: readonly string[]): string[] {
  return [...new Set(lines)].sort();
}

// ---- the client ------------------------------------------------------------------------------------------------------

async function converse(port: number, steps: readonly ClientStep[]): Promise<string[]> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let closed = false;
  let changed = (): void => {};
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    changed();
  });
  socket.on('error', () => {});
  socket.once('close', () => {
    closed = true;
    changed();
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  const methods: string[] = [];
  let isWholesome = true;
  for (const step of steps) {
    if (closed) break;
    methods.push(...step.methods);
    for (const piece of step.pieces) {
      socket.write(Buffer.from(piece, 'latin1'));
      for (let turns = 0; turns < 4; turns += 1) await nextTurn();
    }
    isWholesome &&= step.wholesome;
    const deadline = Date.now() + (isWholesome ? patienceMs : quietMs);
    while (!closed && parseMessages(text, methods).filter(isFinal).length < methods.length) {
      const left = deadline - Date.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
  socket.destroy();
  const seen = parseMessages(text, methods).map(clientView);
  // Whether and when it is closed behind the last answer differs with nothing that matters.
  return seen;
}

function isFinal({ startLine, complete }: { readonly startLine: string; readonly complete: boolean }): boolean {
  return complete && !/ 1(?!01)\d\d /.test(startLine);
}

// ---- views: what does not have to agree is taken out -----------------------------------------------------------------

type Message = ReturnType<typeof parseMessages>[number];

function clientView(message: Message): string {
  return view(message).replaceAll(/"requestId":"[0-9a-f]{32}"|Request [0-9a-f]{32}/g, '(request id)');
}

/** How much of a request that is cut off has been forwarded by then is chance; that none is taken for whole is not. */
function backendView(text: string): string[] {
  const [message] = parseMessages(text, [], 'requests');
  return message?.complete === true ? [view(message)] : [];
}

function view({ startLine, headerLines, body, trailerLines, complete }: Message): string {
  const lines = headerLines
    .map((line) =>
      line
        .replace(/^(date): .*$/i, '$1: (date)')
        .replace(/^(x-request-id): [0-9a-f]{32}$/i, '$1: (id)')
        .replace(/^(host: 127\.0\.0\.1):\d+$/i, '$1'),
    )
    .map((line) =>
      line.replace(/^(content-length): \d+$/i, (all) => (body.includes('requestId') ? 'content-length' : all)),
    );
  const what = [startLine, ...lines, '', body, ...trailerLines].join('\n');
  return complete ? what : `${what}\n(cut)`;
}

function logView(exchange: Exchange): string {
  const { head, status, failure, requestBodyBytes, responseBodyBytes, decision, attempts } = exchange;
  const headers = JSON.stringify(exchange.responseHeaders, (_key, value) =>
    typeof value === 'object' ? value : value,
  );
  const begun = attempts.at(-1)?.status !== undefined;
  const refused = status >= 400 && failure !== undefined && !begun;
  return JSON.stringify({
    request: `${head.method} ${head.target} ${head.httpVersion}`,
    fields: head.rawHeaders,
    status,
    // Chunks of nonsense are told apart from an end too early by the express lane alone.
    failure: begun ? failure?.code.replace('upstream-invalid', 'upstream-unreachable') : failure?.code,
    route: decision?.route?.name,
    // Of a body that was cut, how much of it had been read is chance.
    requestBodyBytes: failure === undefined ? requestBodyBytes : undefined,
    responseBodyBytes: refused || failure !== undefined ? undefined : responseBodyBytes,
    headers: refused ? undefined : headers,
    upstream: attempts.at(-1)?.status,
  });
}

// ---- the backend -----------------------------------------------------------------------------------------------------

/** Reads requests by their own framing, records each with its body, and answers as the script says. */
function serveScript(socket: Socket, answers: () => ReadonlyMap<string, ScriptedAnswer>, received: string[]): void {
  let text = '';
  let answered = false;
  let busy = false;
  socket.setNoDelay(true);
  socket.on('error', () => {});
  const record = (part: string): void => {
    if (part !== '') received.push(part);
  };
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    for (;;) {
      const [message] = parseMessages(text, [], 'requests');
      if (message === undefined) break;
      const answer = answers().get(/\?id=(\w+)/.exec(message.startLine)?.[1] ?? '') ?? defaultAnswer;
      if (!message.complete && !answer.early) break;
      if (!answered) {
        answered = true;
        for (const piece of answer.pieces) {
          if (!socket.destroyed) socket.write(Buffer.from(piece, 'latin1'));
          await nextTurn();
          await nextTurn();
        }
        if (answer.after === 'end') socket.end();
        if (answer.after === 'reset') socket.resetAndDestroy();
      }
      const [now] = parseMessages(text, [], 'requests');
      if (now?.complete !== true) break;
      record(text.slice(0, now.length));
      text = text.slice(now.length);
      answered = false;
    }
    busy = false;
  };
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    void look();
  });
  socket.once('close', () => {
    record(text);
    text = '';
  });
}

const defaultAnswer: ScriptedAnswer = {
  pieces: ['HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  early: false,
  after: 'keep',
};
