// What the demonstration prints: what runs where, what happened when it was tried, and what to paste to try it. Text
// only, folded to the width of the terminal; colours where it shows them.

import { relative } from 'node:path';
import { styleText } from 'node:util';
import { printCommand } from './command.ts';
import { fold } from './fold.ts';
import type { DemoPlan } from './plan.ts';
import type { Outcome } from './try-requests.ts';

export interface Trial {
  readonly what: string;
  /** As a person says it before trying: `200`, `403`, `refused`. */
  readonly expected: string;
  readonly outcome: Outcome;
}

/** Where the text of a line begins that has something before it. */
const textIndent = 16;
const urlWidth = 25;
/** Prose is not wider, however wide the terminal is. */
const widest = 80;

/** @param columns of the terminal; Infinity where it is none */
export function demoPage(plan: DemoPlan, trials: readonly Trial[], moved: readonly string[], columns: number): string {
  const { certificates, service1, serverSidePort, clientSidePort, adminPort, configFile } = plan;
  const serverSide = `https://localhost:${serverSidePort}/`;
  const clientSide = `http://127.0.0.1:${clientSidePort}/`;
  const ca = `--cacert ${shown(certificates.ca)}`;
  const prose = (text: string, indent = 2): string[] => fold(text, { indent, columns: Math.min(columns, widest) });
  const place = (name: string, url: string, text: string): string[] => {
    const line = `  ${bold(name)}${' '.repeat(textIndent - 2 - name.length)}${url}`;
    const fits = textIndent + urlWidth + text.length <= columns;
    return fits ? [`${line}${' '.repeat(urlWidth - url.length)}${text}`] : [line, ...prose(text, textIndent)];
  };
  const command = (why: string, ...words: string[]): string[] => [
    ...prose(`# ${why}`).map(dim),
    ...printCommand(words, { indent: 2, columns }),
    '',
  ];
  return [
    '',
    bold('  mutual demo'),
    '',
    '  app',
    dim('   |  http'),
    ...place('client side', clientSide, 'shows the certificate of client-a for it'),
    dim('   |  mutual TLS'),
    ...place('server side', serverSide, 'lets nobody in without a certificate'),
    dim('   |  http'),
    ...place('Service1', `http://127.0.0.1:${service1.port}/`, 'is told who is calling'),
    '',
    ...place('page', `http://127.0.0.1:${adminPort}/`, 'shows who calls, who is refused, and why'),
    '',
    ...moved.flatMap((line) => prose(line)),
    ...(moved.length > 0 ? [''] : []),
    bold('  Tried just now'),
    '',
    ...trials.flatMap((trial) => describeTrial(trial, prose)),
    '',
    bold('  Try it in another terminal'),
    '',
    ...command(
      'with the certificate: Service1 knows you',
      'curl',
      ca,
      `--cert ${shown(certificates.clientA.bundle)}`,
      serverSide,
    ),
    ...command('without one: refused in the handshake', 'curl', ca, serverSide),
    ...command(
      'with one of the same CA, but of another company: 403',
      'curl',
      ca,
      `--cert ${shown(certificates.stranger.bundle)}`,
      serverSide,
    ),
    ...command('plain HTTP, by way of the client side', 'curl', clientSide),
    ...prose(`CA, certificates and configuration were made for you: ${shown(configFile)} is the place to begin.`),
    ...prose('Ctrl-C stops everything. From here on: the logs of Service1 and of mutual.'),
    '',
  ].join('\n');
}

function describeTrial(
  { what, expected, outcome }: Trial,
  prose: (text: string, indent: number) => string[],
): string[] {
  const result = outcome.kind === 'refused' ? 'refused' : String(outcome.status);
  const colour = result !== expected ? red : expected === '200' ? green : yellow;
  const [first = '', ...rest] = prose(what, textIndent);
  return [
    `  ${colour(result)}${first.slice(2 + result.length)}`,
    ...rest,
    ...prose(
      result === expected ? meaningOf(outcome) : `${expected} was expected: ${meaningOf(outcome)}`,
      textIndent,
    ).map(dim),
  ];
}

function meaningOf(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.reason;
  if (outcome.dn !== undefined) return `Service1 was called by ${outcome.dn}`;
  return outcome.status === 403 ? 'verified, but no rule lets this client in' : 'the log below says why';
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
const yellow = (text: string): string => styleText('yellow', text);
const red = (text: string): string => styleText('red', text);
