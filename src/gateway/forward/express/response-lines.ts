// The header of an upstream's response as the lines that go to the client: what `planResponseHeaders` would keep, without
// making a list of it where nothing unusual is among the fields.

import { hopByHopNames, nominatedNames } from '../headers/hop-by-hop.ts';
import { isIdentityName } from '../headers/managed-names.ts';
import { planResponseHeaders } from '../headers/response-headers.ts';

export interface ResponseLines {
  /** Each with its end, one character a byte. */
  readonly text: string;
  readonly hasDate: boolean;
  readonly hasLength: boolean;
}

type NameVerdict = 'keep' | 'remove' | 'date' | 'length' | 'connection' | 'vary';

export interface ResponseFilter {
  /** @param rawHeaders name and value in turn, as a strict parser has read them */
  linesOf(rawHeaders: readonly string[], withoutLength: boolean): ResponseLines;
}

/** Upstreams choose the names, so memory is bounded. */
const longestRemembered = 64;
const mostRemembered = 1024;

/** Remembers what becomes of a field by its name. */
export function createResponseFilter(): ResponseFilter {
  const remembered = new Map<string, NameVerdict>();

  function verdictOf(name: string): NameVerdict {
    const known = remembered.get(name);
    if (known !== undefined) return known;
    const verdict = judge(name.toLowerCase());
    if (name.length <= longestRemembered) {
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(name, verdict);
    }
    return verdict;
  }

  return {
    linesOf(rawHeaders, withoutLength) {
      let text = '';
      let hasDate = false;
      let hasLength = false;
      for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
        const name = rawHeaders[i] as string;
        const verdict = verdictOf(name);
        if (verdict === 'remove') continue;
        if (verdict !== 'keep') {
          if (verdict === 'connection') {
            if (nominatedNames([name, rawHeaders[i + 1] as string]) !== undefined)
              return unusual(rawHeaders, withoutLength);
            continue;
          }
          // Whether it names an identity header is for the reference to find out.
          if (verdict === 'vary' && mayNameIdentity(rawHeaders[i + 1] as string)) {
            return unusual(rawHeaders, withoutLength);
          }
          if (verdict === 'date') hasDate = true;
          else if (verdict === 'length') {
            if (withoutLength) continue;
            hasLength = true;
          }
        }
        text += `${name}: ${rawHeaders[i + 1]}\r\n`;
      }
      return { text, hasDate, hasLength };
    },
  };
}

function judge(lower: string): NameVerdict {
  if (lower === 'connection') return 'connection';
  if (hopByHopNames.has(lower) || isIdentityName(lower)) return 'remove';
  if (lower === 'date') return 'date';
  if (lower === 'content-length') return 'length';
  return lower === 'vary' ? 'vary' : 'keep';
}

/** Names of request headers that say nothing of identity, as nearly every Vary has them. */
const harmlessVary =
  /^(?:\*|accept|accept-encoding|accept-language|cookie|origin)(?: *, *(?:accept|accept-encoding|accept-language|cookie|origin))*$/i;

function mayNameIdentity(vary: string): boolean {
  return !harmlessVary.test(vary);
}

/** The reference itself. */
function unusual(rawHeaders: readonly string[], withoutLength: boolean): ResponseLines {
  const { headers } = planResponseHeaders(rawHeaders);
  let text = '';
  let hasDate = false;
  let hasLength = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const lower = (headers[i] as string).toLowerCase();
    if (lower === 'content-length') {
      if (withoutLength) continue;
      hasLength = true;
    }
    if (lower === 'date') hasDate = true;
    text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  }
  return { text, hasDate, hasLength };
}
