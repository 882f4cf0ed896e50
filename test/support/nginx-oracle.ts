// One configuration file and the same bytes, through the real nginx and through this program: what the client and the
// backend saw of both must be equal, but for what cannot be (dates, ports, versions).

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type tls from 'node:tls';
import { withoutNginx } from './nginx.ts';
import { connectRaw } from './raw-client.ts';
import { createRecordingBackend, type RecordingBackend, type Respond } from './recording-backend.ts';
import { entries } from './spawn-mutual.ts';

export interface OracleFile {
  /** What the file is about. */
  readonly title: string;
  /** What stands in the `http` block. `%%PORT_0%%`, `%%PORT_1%%` … are free ports, `%%BACKEND%%` is the backend's. */
  readonly http: string;
  /** What stands before it. */
  readonly main?: string;
  /** Files below the prefix, by name; all have the same time of modification. */
  readonly files?: Readonly<Record<string, string>>;
  /** Answers for the backend; every program has one of its own. Default: 200 with the body `ok`. */
  readonly respond?: Respond;
  /** The backend speaks TLS. */
  readonly backendTls?: tls.TlsOptions;
  readonly exchanges: readonly OracleExchange[];
  /** Log files below the prefix that must hold the same when all is done. */
  readonly logs?: readonly string[];
  /** The difference that is meant, taken out of what was seen. */
  readonly normalise?: (text: string) => string;
}

export interface OracleExchange {
  readonly name: string;
  /** What the client sends, piece by piece; a piece goes out when what came back holds `after`. */
  readonly send: string | readonly (string | { readonly after: string; readonly send: string })[];
  /** Which `%%PORT_n%%`. Default 0. */
  readonly port?: number;
  readonly tls?: tls.ConnectionOptions;
  /** What nginx's answer must hold for the case to be about what its name says. */
  readonly shows: RegExp;
  /** The client has no more to say, and says so, after it has sent everything. */
  readonly halfClose?: boolean;
}

/** `GET` with everything that a plain request needs, on a connection that ends with the response. */
export function get(target: string, ...lines: readonly string[]): string {
  return request(`GET ${target} HTTP/1.1`, 'Host: localhost', ...lines, 'Connection: close');
}

/** Header lines joined by CRLF, and the empty line. */
export function request(...lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** With `ORACLE=nginx` the real one is on both sides: a corpus that differs then says nothing. */
const other = process.env.ORACLE === 'nginx' ? 'nginx' : 'mutual';

export interface Program {
  readonly name: 'nginx' | 'mutual';
  readonly directory: string;
  readonly ports: readonly number[];
  readonly backend: RecordingBackend;
  readonly process: ChildProcess;
}

interface Seen {
  readonly client: string;
  readonly backend: string;
}

const modified = new Date('2026-01-02T03:04:05Z');

/** Registers the tests of one file. */
export function compareWithNginx(file: OracleFile): void {
  describe(`as nginx: ${file.title}`, { skip: withoutNginx }, () => {
    const programs: Program[] = [];
    const ends: (() => void)[] = [];
    const hook = { after: (end: () => void) => void ends.push(end) };
    before(async () => {
      const both = await Promise.allSettled([startProgram(hook, file, 'nginx'), startProgram(hook, file, other)]);
      for (const started of both) if (started.status === 'fulfilled') programs.push(started.value);
      for (const started of both) if (started.status === 'rejected') throw started.reason;
    });
    after(async () => {
      await Promise.all(programs.map(stopProgram));
      for (const end of ends.reverse()) end();
      for (const { directory } of programs) rmSync(directory, { recursive: true, force: true });
    });
    for (const exchange of file.exchanges) {
      test(exchange.name, async () => {
        const [nginx, mutual] = await Promise.all(programs.map((program) => seenBy(hook, program, file, exchange)));
        assert.ok(nginx !== undefined && mutual !== undefined);
        assert.match(nginx.client, exchange.shows, 'what nginx itself answers');
        assert.deepEqual(mutual, nginx);
      });
    }
    for (const log of file.logs ?? []) {
      test(`the same lines in ${log}`, async () => {
        await Promise.all(programs.map(stopProgram));
        const [nginx, mutual] = programs.map((program) => {
          const name = join(program.directory, log);
          return normalised(existsSync(name) ? readFileSync(name, 'latin1') : '(no file)', program, file);
        });
        assert.notEqual(nginx, '(no file)');
        assert.equal(mutual, nginx);
      });
    }
  });
}

async function seenBy(
  hook: { after: (end: () => void) => void },
  program: Program,
  file: OracleFile,
  exchange: OracleExchange,
): Promise<Seen> {
  const { backend } = program;
  const known = backend.connections.length;
  const lengths = backend.connections.map(({ received }) => received.length);
  const port = program.ports[exchange.port ?? 0] as number;
  const client = await connectRaw(hook, { port, allowHalfOpen: true }, exchange.tls);
  for (const piece of typeof exchange.send === 'string' ? [exchange.send] : exchange.send) {
    if (typeof piece === 'string') client.send(piece);
    else {
      await client.until(piece.after);
      client.send(piece.send);
    }
  }
  if (exchange.halfClose === true) client.socket.end();
  client.socket.once('end', () => client.socket.end());
  const { localPort } = client.socket as Socket;
  const answer = await client.closed;
  const sent = backend.connections
    .map(({ received }, index) => (index < known ? received.slice(lengths[index]) : received))
    .filter((received) => received !== '')
    .sort();
  return {
    client: normalised(answer, program, file).replaceAll(String(localPort), '%%CLIENT%%'),
    backend: normalised(sent.join('\n-- next connection --\n'), program, file),
  };
}

/** Without dates, ports, versions and process numbers. */
function normalised(text: string, { ports, backend, directory }: Program, file: OracleFile): string {
  let plain = text.replaceAll(directory, '%%DIR%%').replaceAll(String(backend.port), '%%BACKEND%%');
  for (const [index, port] of ports.entries()) plain = plain.replaceAll(String(port), `%%PORT_${index}%%`);
  plain = plain
    .replace(/^(Date|Expires): \w{3}, \d{2} \w{3} 2026 \d\d:\d\d:\d\d GMT/gm, '$1: (date)')
    .replace(/\d{2}\/\w{3}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}/g, '(time)')
    .replace(/nginx\/1\.\d+\.\d+/g, 'nginx/(version)');
  return file.normalise?.(plain) ?? plain;
}

export async function startProgram(
  hook: { after: (end: () => void) => void },
  file: OracleFile,
  name: Program['name'],
): Promise<Program> {
  // Names of the same length: what is shown of them is counted.
  const directory = mkdtempSync(join(tmpdir(), `mutual-as-nginx-${name.padEnd(6, '-')}-`));
  chmodSync(directory, 0o755);
  mkdirSync(join(directory, 'temporary'));
  const backend = await createRecordingBackend(hook, {
    ...(file.respond === undefined ? {} : { respond: file.respond }),
    ...(file.backendTls === undefined ? {} : { tls: file.backendTls }),
  });
  const everything = [file.http, ...Object.values(file.files ?? {})].join('');
  const most = Math.max(-1, ...[...everything.matchAll(/%%PORT_(\d)%%/g)].map(([, digit]) => Number(digit)));
  const ports = await freePorts(most + 1);
  for (const [path, text] of Object.entries(file.files ?? {})) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, fill(text), 'latin1');
    utimesSync(target, modified, modified);
  }
  function fill(text: string): string {
    return text
      .replaceAll('%%DIR%%', directory)
      .replaceAll('%%BACKEND%%', String(backend.port))
      .replace(/%%PORT_(\d)%%/g, (_, digit) => String(ports[Number(digit)]));
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path temporary/${kind};`,
  );
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid nginx.pid; error_log error.log info;
${file.main ?? ''}
events { }
http {
    ${/^ {4}access_log/m.test(file.http) ? '' : 'access_log off;'} root html;
    ${name === 'nginx' ? temporary.join(' ') : ''}
${fill(file.http)}
}
`,
    'latin1',
  );
  const args = ['-p', directory, '-c', 'nginx.conf', '-e', 'error.log'];
  const started =
    name === 'nginx'
      ? spawn('nginx', args, {
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
        })
      : spawn(process.execPath, [entries.main, 'nginx', '--nginx-compat', installedVersion(), ...args], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  let printed = '';
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk) => (printed += String(chunk)));
  const ended = once(started, 'close');
  await untilFile(join(directory, 'nginx.pid'), ended, () => {
    const log = join(directory, 'error.log');
    return `${name} has ended: ${printed}${existsSync(log) ? readFileSync(log, 'utf8') : ''}`;
  });
  return { name, directory, ports, backend, process: started };
}

/** Of the real one: what differs between versions is compared with the same version. */
function installedVersion(): string {
  const told = spawnSync('nginx', ['-v'], { env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } });
  return /nginx\/(\d+\.\d+)/.exec(String(told.stderr))?.[1] ?? '1.28';
}

/** Looks until the file holds something: nobody tells when another process writes its first file. */
async function untilFile(file: string, ended: Promise<unknown>, why: () => string): Promise<void> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const until = Date.now() + 30_000;
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    if (over || Date.now() > until) throw new Error(why());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export async function stopProgram({ process: child }: Program): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = net.createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
