// A file as it was read: directives with their arguments, where each stands, and what is inside its block. Files that
// were included stand in place of their `include`.

import type { Context } from '../directives/row.ts';
import type { Directive } from '../directives/table.ts';
import type { NginxLevel, Place } from '../nginx-fault.ts';

export interface DirectiveNode {
  readonly name: string;
  readonly args: readonly string[];
  /** Where it ends: at its `;` or `{`. */
  readonly at: Place;
  /** Absent for the entries of `map`, `geo`, `types` and their like, which are no directives. */
  readonly row?: Directive;
  readonly block?: readonly DirectiveNode[];
}

/** A block while it is read. */
export interface Scope {
  readonly context: Context;
  readonly parent: Scope | undefined;
  /** The directive that opened it; undefined for the file itself. */
  readonly node: DirectiveNode | undefined;
  /** What stands in it so far. */
  readonly nodes: DirectiveNode[];
}

/** What checks may ask, and tell, while a file is read. */
export interface Reading {
  /** Minor version of nginx 1.x. */
  readonly minor: number;
  /** What relative names of logs and roots begin with; ends in a slash or is empty. */
  readonly prefix: string;
  /** The same for certificates and included files. */
  readonly confPrefix: string;
  /** Names of variables that the file defines by `set`, `map` and their like. */
  readonly defined: Set<string>;
  /** Names of variables that it uses, in order. */
  readonly used: Set<string>;
  /** Hosts that have to be resolved, with what to say where one cannot be. */
  readonly hosts: { readonly host: string; readonly fault: string; readonly at: Place }[];
  /** Every `listen` so far, with the block that it stands in. */
  readonly listens: { readonly server: Scope; readonly listen: DirectiveNode }[];
  warn(text: string, at?: Place, level?: NginxLevel): void;
}

/** @throws NginxFault */
export type Check = (node: DirectiveNode, scope: Scope, reading: Reading) => void;

/** The nearest block of this kind that a block stands in, itself included. */
export function enclosing(scope: Scope, context: Context): Scope | undefined {
  for (let each: Scope | undefined = scope; each !== undefined; each = each.parent) {
    if (each.context === context) return each;
  }
  return undefined;
}

/** `name` with what a relative one is relative to (ngx_conf_full_name). */
export function fullName(prefix: string, name: string): string {
  return name.startsWith('/') ? name : `${prefix}${name}`;
}
