// The kinds of value that most directives take, each with nginx's own check of it (src/core/ngx_conf_file.c): how many
// arguments it has, and whether it may be said twice.

export type ValueKind =
  | { readonly kind: 'flag' | 'text' | 'size' | 'offset' | 'milliseconds' | 'seconds' | 'buffers' | 'path' | 'access' }
  | { readonly kind: 'number'; readonly least?: number; readonly most?: number }
  /** One of these words, or any number of them. */
  | { readonly kind: 'one-of' | 'some-of'; readonly words: readonly string[] }
  /** A name and a value; may be said again and again. */
  | { readonly kind: 'pair' }
  /** May be said again and again. */
  | { readonly kind: 'list' }
  /** With variables. */
  | { readonly kind: 'template' };

export const flag: ValueKind = { kind: 'flag' };
export const text: ValueKind = { kind: 'text' };
export const number: ValueKind = { kind: 'number' };
export const between = (least: number, most: number): ValueKind => ({ kind: 'number', least, most });
export const size: ValueKind = { kind: 'size' };
export const offset: ValueKind = { kind: 'offset' };
export const milliseconds: ValueKind = { kind: 'milliseconds' };
export const seconds: ValueKind = { kind: 'seconds' };
export const buffers: ValueKind = { kind: 'buffers' };
export const path: ValueKind = { kind: 'path' };
export const access: ValueKind = { kind: 'access' };
export const oneOf = (...words: readonly string[]): ValueKind => ({ kind: 'one-of', words });
export const someOf = (...words: readonly string[]): ValueKind => ({ kind: 'some-of', words });
export const pair: ValueKind = { kind: 'pair' };
export const list: ValueKind = { kind: 'list' };
export const template: ValueKind = { kind: 'template' };

/** Numbers of arguments of a kind, as in DirectiveRow. */
export function argumentsOf({ kind }: ValueKind): string {
  switch (kind) {
    case 'some-of':
      return '1+';
    case 'buffers':
    case 'pair':
      return '2';
    case 'path':
      return '1,2,3,4';
    case 'access':
      return '1,2,3';
    default:
      return '1';
  }
}

/** Whether a second directive in the same block is a fault. */
export function isOnce({ kind }: ValueKind): boolean {
  return kind !== 'some-of' && kind !== 'pair' && kind !== 'list';
}
