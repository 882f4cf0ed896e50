// The one-command demonstration: CA, certificates, Service1 and both sides of the wire in one process, on loopback. It
// tries everything itself once, shows what happened, and then waits for whoever wants to try, too.

import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pino } from 'pino';
import { createAdminService } from '../admin/service.ts';
import { sourceOf } from '../admin/source.ts';
import { loadConfig } from '../config/load.ts';
import { type RunningGateway, startGateway } from '../gateway/lifecycle.ts';
import { createObserver } from '../gateway/observe/observer.ts';
import { type DemoCertificates, ensureDemoCertificates } from './certificates.ts';
import { findFreePort } from './free-port.ts';
import { demoPage, type Trial } from './page.ts';
import type { DemoPlan } from './plan.ts';
import { startService1 } from './service1.ts';
import { type Outcome, tryRequest } from './try-requests.ts';

/** Ports that the pages speak of; where one is taken, the next free one is used and told. */
export const preferredPorts = { service1: 3000, serverSide: 8443, clientSide: 8080, admin: 9901 } as const;

const host = '127.0.0.1';

export async function prepareDemo(dir: string, now: () => number, log: (line: string) => void): Promise<DemoPlan> {
  const certificates = await ensureDemoCertificates(dir, { now });
  const service1 = await startService1({ host, port: await findFreePort(preferredPorts.service1) }, log);
  const serverSidePort = await findFreePort(preferredPorts.serverSide);
  const clientSidePort = await findFreePort(preferredPorts.clientSide);
  const adminPort = await findFreePort(preferredPorts.admin);
  const ports = { service1: service1.port, serverSidePort, clientSidePort, adminPort };
  const text = configText(certificates, ports);
  const configFile = join(certificates.directory, 'mutual.yaml');
  writeFileSync(configFile, text);
  return {
    certificates,
    configFile,
    service1,
    serverSidePort,
    clientSidePort,
    adminPort,
  };
}

function configText(
  { directory, ca, crl, server, clientA }: DemoCertificates,
  ports: Pick<DemoPlan, 'serverSidePort' | 'clientSidePort' | 'adminPort'> & { readonly service1: number },
): string {
  const file = (path: string): string => JSON.stringify(relative(directory, path));
  return `# Both sides of the wire, as "mutual demo" runs them. Written anew at each of its starts.
servers:
  # The server side: mutual TLS in, plain HTTP to Service1.
  - listen: ${host}:${ports.serverSidePort}
    names: [localhost]
    tls:
      certificate: ${file(server.certificate)}
      key: ${file(server.key)}
      clients:
        verify: required
        ca: ${file(ca)}
        crl: [${file(crl)}]
    identityHeaders: nginx
    routes:
      - path: /
        allow:
          - { organization: Company A }
        upstream: http://${host}:${ports.service1}

  # The client side: plain HTTP in, mutual TLS out with the certificate of client-a.
  - listen: ${host}:${ports.clientSidePort}
    routes:
      - path: /
        upstream: service1
        headers: { Host: localhost }

upstreams:
  service1:
    servers: [https://localhost:${ports.serverSidePort}]
    tls:
      certificate: ${file(clientA.certificate)}
      key: ${file(clientA.key)}
      ca: ${file(ca)}

# For the operator alone: a page with what happens, and metrics.
admin: ${host}:${ports.adminPort}
`;
}

export interface RunningDemo {
  /** Prints what there is, what came of trying it, and from then on what is logged. */
  show(): void;
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

export interface DemoDependencies {
  /** Of mutual. */
  readonly version: string;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly writeLine: (line: string) => void;
  /** Of the terminal; Infinity where it is none. */
  readonly columns: number;
}

/** Starts everything and tries it. @throws MutualError where something cannot be started */
export async function runDemo(dir: string, dependencies: DemoDependencies): Promise<RunningDemo> {
  const { columns, writeLine, version, now } = dependencies;
  // What is logged while it is tried comes after the page that explains it.
  let early: string[] | undefined = [];
  const logLine = (line: string): void => {
    if (early === undefined) writeLine(line);
    else early.push(line);
  };
  const plan = await prepareDemo(dir, dependencies.now, logLine);
  const log = pino({ level: 'warn' }, { write: (line: string) => logLine(plainLine(line)) });
  const observer = createObserver({ accessLogs: [], log });
  const admin = createAdminService({ version, log, now });
  const gateway = await startBoth().catch(async (error: unknown) => {
    await plan.service1.close();
    throw error;
  });

  async function startBoth(): Promise<RunningGateway> {
    const started = await startGateway({
      now,
      monotonic: dependencies.monotonic,
      config: loadConfig(plan.configFile),
      loadConfig: () => loadConfig(plan.configFile),
      log,
      observer,
      onInForce: admin.follow,
    });
    await admin.start(sourceOf(started, observer, now)).catch(async (error: unknown) => {
      await started.stop();
      throw error;
    });
    return started;
  }

  const page = demoPage(plan, await tryEverything(plan), movedPorts(plan), columns);
  let closed: Promise<unknown> | undefined;
  return {
    show() {
      for (const line of [page, ...(early ?? [])]) writeLine(line);
      early = undefined;
      log.level = 'info';
    },
    reload: () => gateway.reload(),
    async close() {
      closed ??= gateway
        .stop()
        .then(() => admin.close())
        .then(() => plan.service1.close());
      await closed;
    },
  };
}

async function tryEverything({ certificates, serverSidePort, clientSidePort }: DemoPlan): Promise<Trial[]> {
  const { ca, clientA, stranger } = certificates;
  const atServerSide = (bundle?: string): Promise<Outcome> =>
    tryRequest(`https://localhost:${serverSidePort}/`, { ca, ...(bundle === undefined ? {} : { bundle }) });
  return [
    { what: 'with the certificate of client-a', expected: '200', outcome: await atServerSide(clientA.bundle) },
    { what: 'without a certificate', expected: 'refused', outcome: await atServerSide() },
    { what: 'with the certificate of a stranger', expected: '403', outcome: await atServerSide(stranger.bundle) },
    {
      what: 'plain HTTP, by way of the client side',
      expected: '200',
      outcome: await tryRequest(`http://${host}:${clientSidePort}/`),
    },
  ];
}

function movedPorts(plan: DemoPlan): string[] {
  const ports = [
    ['Service1', preferredPorts.service1, plan.service1.port],
    ['the server side', preferredPorts.serverSide, plan.serverSidePort],
    ['the client side', preferredPorts.clientSide, plan.clientSidePort],
    ['the page', preferredPorts.admin, plan.adminPort],
  ] as const;
  return ports
    .filter(([, preferred, port]) => preferred !== port)
    .map(([what, preferred, port]) => `Port ${preferred} is in use: ${what} has ${port} instead.`);
}

/** A line of the program's log as a person reads it. */
function plainLine(line: string): string {
  const { level, msg }: { level: number | string; msg: string } = JSON.parse(line);
  const warns = typeof level === 'number' ? level >= 40 : level !== 'info';
  return `mutual: ${warns ? 'warning: ' : ''}${msg}`;
}
