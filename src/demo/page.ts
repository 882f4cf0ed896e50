// What the demonstration prints: what runs where, what happened when it was tried, and what to paste to try it. Text
// only; colours where the terminal shows them.

import { relative } from 'node:path';
import { styleText } from 'node:util';
import type { DemoPlan } from './plan.ts';
import type { Outcome } from './try-requests.ts';

export interface Trial {
  readonly what: string;
  readonly outcome: Outcome;
}

export function demoPage(plan: DemoPlan, trials: readonly Trial[], moved: readonly string[]): string {
  const { certificates, service1, serverSidePort, clientSidePort, configFile } = plan;
  const serverSide = `https://localhost:${serverSidePort}`;
  const clientSide = `http://127.0.0.1:${clientSidePort}`;
  const ca = `--cacert ${shown(certificates.ca)}`;
  const lines = [
    '',
    bold('  mutual demo'),
    '',
    `  app --http--> ${bold('client side')} ==mutual TLS==> ${bold('server side')} --http--> ${bold('Service1')}`,
    '',
    `  server side   ${serverSide}    asks for a client certificate`,
    `  client side   ${clientSide}    injects the certificate of client-a`,
    `  Service1      http://127.0.0.1:${service1.port}    knows nothing of certificates`,
    `  made for you  ${shown(certificates.directory)}/    CA, certificates, ${shown(configFile)}`,
    ...moved.map((line) => `  ${line}`),
    '',
    bold('  Tried just now'),
    ...trials.map(({ what, outcome }) => `  ${what.padEnd(44)} ${describe(outcome)}`),
    '',
    bold('  Try it in another terminal'),
    '',
    dim('  # with the certificate: 200, and Service1 knows who is calling'),
    `  curl ${ca} --cert ${shown(certificates.clientA.bundle)} ${serverSide}/`,
    '',
    dim('  # without one: refused in the handshake'),
    `  curl ${ca} ${serverSide}/`,
    '',
    dim('  # with the certificate of another company, from the same CA: 403'),
    `  curl ${ca} --cert ${shown(certificates.stranger.bundle)} ${serverSide}/`,
    '',
    dim('  # an application that knows nothing of certificates'),
    `  curl ${clientSide}/`,
    '',
    dim('  Ctrl-C stops everything. Below: the log of Service1 and of the gateway.'),
    '',
  ];
  return lines.join('\n');
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'refused') return `${red('refused')}  ${outcome.reason}`;
  const { status, dn } = outcome;
  if (status === 200) return `${green('200')}      Service1 saw ${dn ?? 'nobody'}`;
  return `${red(String(status))}      refused`;
}

/** Paths as they can be pasted: relative to where the command was started, where that is shorter. */
function shown(path: string): string {
  const near = relative(process.cwd(), path);
  const text = near.startsWith('..') ? path : near;
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const bold = (text: string): string => styleText('bold', text);
const dim = (text: string): string => styleText('dim', text);
const green = (text: string): string => styleText('green', text);
const red = (text: string): string => styleText('red', text);
