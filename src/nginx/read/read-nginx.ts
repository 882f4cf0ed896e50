// An nginx file in, its directives out, each checked where it stands and in nginx's words, in the order in which nginx
// checks: what it says first is said here first. Nothing of certificates and keys is read here.

import { readFileSync } from 'node:fs';
import { checkDirective, leaveBlock } from '../check/check-directive.ts';
import { checkEntry, isEntryBlock } from '../check/entries.ts';
import type { Context } from '../directives/row.ts';
import type { Directive, DirectiveTable } from '../directives/table.ts';
import { NginxFault, type NginxMessage, printPlace, printSystemError } from '../nginx-fault.ts';
import { type DirectiveNode, fullName, type Reading, type Scope } from './directive-node.ts';
import { expandPattern, isPattern } from './glob.ts';
import { createTokenReader, type TokenReader } from './tokens.ts';

export interface ReadNginxOptions {
  /** The file as nginx would name it: the prefix and what was given for it. */
  readonly file: string;
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
  /** Directives of `-g`. */
  readonly globals?: string | undefined;
  readonly table: DirectiveTable;
  readonly minor: number;
}

export interface NginxFile {
  readonly nodes: readonly DirectiveNode[];
  /** Every file that was read, in order, each once. */
  readonly sources: readonly { readonly name: string; readonly bytes: Buffer }[];
  readonly messages: readonly NginxMessage[];
  readonly reading: Reading;
}

/**
 * @param messages takes what is worth a warning, also where reading fails
 * @param hosts takes the names that have to be resolved, likewise
 * @throws NginxFault
 */
export function readNginx(
  options: ReadNginxOptions,
  messages: NginxMessage[] = [],
  hosts: Reading['hosts'] = [],
): NginxFile {
  const { file, prefix, globals, table, minor } = options;
  const sources = new Map<string, Buffer>();
  const reading: Reading = {
    minor,
    prefix,
    confPrefix: file.slice(0, file.lastIndexOf('/') + 1),
    defined: new Set(),
    used: new Set(),
    hosts,
    listens: [],
    warn: (text, at, level = 'warn') => {
      messages.push({ level, text: at === undefined ? text : `${text}${printPlace(at)}` });
    },
  };
  const main: Scope = { context: 'main', parent: undefined, node: undefined, nodes: [] };
  if (globals !== undefined && globals !== '') {
    readStatements(createTokenReader(Buffer.from(globals), undefined), main, 'parameter');
  }
  readFile(file, main, undefined);
  return {
    nodes: main.nodes,
    sources: [...sources].map(([name, bytes]) => ({ name, bytes })),
    messages,
    reading,
  };

  function readFile(name: string, scope: Scope, from: TokenReader | undefined): void {
    const bytes = readBytes(name, from);
    if (!sources.has(name)) sources.set(name, bytes);
    readStatements(createTokenReader(bytes, name), scope, 'file');
  }

  function readStatements(tokens: TokenReader, scope: Scope, kind: 'file' | 'block' | 'parameter'): void {
    for (;;) {
      const statement = tokens.next();
      if (statement.kind === 'end') {
        if (kind === 'block') throw new NginxFault('unexpected end of file, expecting "}"', tokens.place);
        return;
      }
      if (statement.kind === 'block-end') {
        if (kind !== 'block') throw new NginxFault('unexpected "}"', tokens.place);
        return;
      }
      const [name = '', ...args] = statement.words;
      if (statement.kind === 'block' && kind === 'parameter') {
        throw new NginxFault('block directives are not supported in -g option', tokens.place);
      }
      if (scope.node !== undefined && isEntryBlock(scope.node.name)) {
        readEntry({ name, args, at: tokens.place }, scope, tokens);
      } else {
        readDirective({ name, args, at: tokens.place }, statement.kind === 'block', scope, tokens);
      }
    }
  }

  function readEntry(entry: DirectiveNode, scope: Scope, tokens: TokenReader): void {
    if (checkEntry(entry, scope, reading) === 'include') include(entry, scope, tokens);
    else scope.nodes.push(entry);
  }

  function readDirective(bare: DirectiveNode, opensBlock: boolean, scope: Scope, tokens: TokenReader): void {
    const row = findRow(bare, opensBlock, scope);
    if (bare.name === 'include') {
      include(bare, scope, tokens);
      return;
    }
    const inside: DirectiveNode[] = [];
    const node: DirectiveNode = { ...bare, row, ...(row.block === true ? { block: inside } : {}) };
    checkDirective(node, row, scope, reading);
    scope.nodes.push(node);
    if (row.block !== true) return;
    const child: Scope = { context: contextOf(node.name, scope.context), parent: scope, node, nodes: inside };
    readStatements(tokens, child, 'block');
    leaveBlock(node, tokens.place, scope, reading);
  }

  function findRow({ name, args, at }: DirectiveNode, opensBlock: boolean, { context }: Scope): Directive {
    const rows = table.get(name);
    if (rows === undefined) throw new NginxFault(`unknown directive "${name}"`, at);
    const row = rows.find(({ contexts }) => contexts === 'any' || contexts.has(context));
    if (row === undefined) throw new NginxFault(`"${name}" directive is not allowed here`, at);
    if (row.block !== true && opensBlock) throw new NginxFault(`directive "${name}" is not terminated by ";"`, at);
    if (row.block === true && !opensBlock) throw new NginxFault(`directive "${name}" has no opening "{"`, at);
    if (!row.takes(args.length)) throw new NginxFault(`invalid number of arguments in "${name}" directive`, at);
    return row;
  }

  function include({ args: [name = ''] }: DirectiveNode, scope: Scope, tokens: TokenReader): void {
    const full = fullName(reading.confPrefix, name);
    const names = isPattern(full) ? expandPattern(full) : [full];
    for (const each of names) readFile(each, scope, tokens);
  }
}

function readBytes(name: string, from: TokenReader | undefined): Buffer {
  try {
    return readFileSync(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      throw new NginxFault(`pread() "${name}" failed ${printSystemError(error)}`, undefined, 'crit');
    }
    throw new NginxFault(`open() "${name}" failed ${printSystemError(error)}`, from?.place);
  }
}

function contextOf(block: string, outside: Context): Context {
  switch (block) {
    case 'events':
    case 'http':
    case 'server':
    case 'location':
    case 'upstream':
      return block;
    case 'if':
      return outside === 'server' ? 'server-if' : 'location-if';
    case 'limit_except':
      return 'limit-except';
    default:
      return outside;
  }
}
