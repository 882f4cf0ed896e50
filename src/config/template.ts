// Texts with $variables. A text comes in, a list of literal and variable parts goes out, once, when the
// configuration is read; rendering is a plain concatenation. An unknown variable is refused here, so that no
// request ever meets one.

/** One part of a template: text as it is, or the name of a variable without its `$`. */
export type TemplatePart = { readonly literal: string } | { readonly variable: string };

/** A parsed text: `source` as the operator wrote it, `parts` in order. The empty text has no parts. */
export interface Template {
  readonly source: string;
  readonly parts: readonly TemplatePart[];
}
