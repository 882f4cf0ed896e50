// The configuration in force as people may see it who must not see its secrets: as printConfig has it, with everything
// hidden that is, or looks like, a credential. It hides too much rather than too little; the file itself has it all.

import { parse, stringify } from 'yaml';
import type { Config } from '../schema.ts';
import { printConfig } from './print-config.ts';

export const hidden = '[hidden]';

export function printShownConfig(config: Config): string {
  return stringify(hideSecrets(parse(printConfig(config)), undefined), { lineWidth: 0, indentSeq: true });
}

const secretWords =
  /pass(word|wd|phrase)?\b|secret|token|authori[sz]ation|cookie|api[-_]?key|credential|bearer|signature|auth$|^auth/i;

/** @param key what the value stands under; of an item of a list, what the list does */
function hideSecrets(value: unknown, key: string | undefined): unknown {
  if (Array.isArray(value)) {
    const [name, text] = value;
    // A pair: a header's name and its value.
    if (value.length === 2 && typeof name === 'string' && typeof text === 'string') {
      return [hideSecrets(name, key), hideSecrets(text, name)];
    }
    return value.map((item) => hideSecrets(item, key));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, hideSecrets(inner, name)]));
  }
  return typeof value === 'string' ? hideText(value, key ?? '') : value;
}

function hideText(text: string, key: string): string {
  const literal = text.replaceAll(/\$(?:\{\w+\}|\w+)/g, '');
  // Where a file is, is no secret.
  if (/File$/.test(key) || text.startsWith('/') || text.startsWith('unix:')) return hideArguments(text);
  if (secretWords.test(key) && literal.trim() !== '') return hidden;
  if (/\b(?:bearer|basic|digest)\s+\S/i.test(literal) || literal.split(/[\s,;"']+/).some(looksRandom)) return hidden;
  return hideArguments(text);
}

/** Passwords in URLs, and arguments that may be tokens. */
function hideArguments(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]+@/g, `//${hidden}@`).replaceAll(/([?&][^=&\s]+=)(?!\$)[^&\s#]+/g, `$1${hidden}`);
}

/** Sixteen characters and more that nobody would have thought of: a key, a token, a hash. */
function looksRandom(word: string): boolean {
  return /^[A-Za-z0-9+/_=-]{16,}$/.test(word) && /[0-9]/.test(word) && /[A-Za-z]/.test(word);
}
