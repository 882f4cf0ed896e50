// A record of the program's log in, lines for a person at a terminal out. What clients send stands in records: a control
// character in a name must never reach the terminal, where it could hide lines or move the cursor.

import { prettyFactory } from 'pino-pretty';

export interface PrettyLineOptions {
  readonly colour: boolean;
}

/** What the message says already, or what only a machine asks for. */
const left = ['pid', 'hostname', 'reason', 'addresses'];

/** @returns a function from one line of JSON, as pino writes it, to one or more lines of text */
export function createPrettyLine({ colour }: PrettyLineOptions): (line: string) => string {
  const print = prettyFactory({
    colorize: colour,
    ignore: left.join(','),
    translateTime: 'SYS:HH:MM:ss',
    customPrettifiers: { certificate: printFields },
  });
  return (line) => print(harmless(JSON.parse(line)));
}

/** `subject=CN=x issuer=…`, in one line. */
function printFields(value: string | object): string {
  if (typeof value === 'string') return value;
  const fields = Object.entries(value).map(([name, text]) => `\n        ${name}: ${text}`);
  return fields.join('');
}

/**
 * Control characters (C0, DEL, C1) and those that turn the direction of text become `\u….`; only a stack keeps its line
 * breaks. Strings inside of objects and lists are looked at, too.
 */
function harmless(value: unknown, key = ''): unknown {
  if (typeof value === 'string')
    return key === 'stack' ? value.split('\n').map(escapeControls).join('\n') : escapeControls(value);
  if (Array.isArray(value)) return value.map((one) => harmless(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [escapeControls(name), harmless(one, name)]));
}

function escapeControls(text: string): string {
  return text.replaceAll(
    /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
