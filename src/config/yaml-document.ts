// YAML text in, a plain value out, together with a way to tell where in the text each part of it stands. YAML 1.2:
// `no` and `off` are texts. Keys are texts and unique, unknown tags are faults, and aliases cannot multiply.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { messageOf } from '../errors.ts';
import { ConfigError, type ConfigFault, type Finding, printKeyPath } from './config-error.ts';

export interface YamlDocument {
  readonly value: unknown;
  /** Places findings in the text and in its order; a missing key stands where it should be. */
  locate(findings: readonly Finding[]): ConfigError;
}

/** Where the library speaks to programmers. */
const plainWords: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'a file holds one document, without a line of --- inside',
  DUPLICATE_KEY: 'this key was given before',
};

/** Far more than a configuration needs, far less than an alias of aliases of aliases makes. */
const maxAliasCount = 1000;

/** Throws ConfigError with every syntax fault. `file` is only printed. */
export function parseYaml(text: string, file: string): YamlDocument {
  const lines = new LineCounter();
  const faultAt = (offset: number, finding: Finding): ConfigFault => {
    const { line, col } = lines.linePos(offset);
    return {
      file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      key: printKeyPath(finding.path),
      message: finding.message,
      code: finding.unsupported === true ? 'config-unsupported' : 'config-invalid',
    };
  };
  const syntaxError = (faults: readonly { pos: readonly [number, number]; message: string }[]) =>
    new ConfigError(faults.map(({ pos, message }) => faultAt(pos[0], { path: [], message: `YAML: ${message}` })));
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      resolveKnownTags: false,
      logLevel: 'error',
    });
    const wrong = [...document.errors, ...document.warnings];
    if (wrong.length > 0) {
      throw syntaxError(wrong.map(({ pos, code, message }) => ({ pos, message: plainWords[code] ?? message })));
    }
    return {
      value: document.toJS({ maxAliasCount }),
      locate: (findings) => {
        const placed = findings.map((finding) => ({ finding, offset: offsetOf(document, finding) }));
        placed.sort((left, right) => left.offset - right.offset);
        return new ConfigError(placed.map(({ finding, offset }) => faultAt(offset, finding)));
      },
    };
  } catch (error) {
    if (error instanceof ConfigError) {
      throw error;
    }
    // The library throws on aliases that are too many or lead nowhere, and where nesting exhausts the stack.
    const message = error instanceof RangeError ? 'nested too deeply' : messageOf(error);
    throw syntaxError([{ pos: [0, 0], message }]);
  }
}

/** Where a finding stands: at a value that is written on its line, else at its key or the nearest thing above. */
function offsetOf(document: Document.Parsed, finding: Finding): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of finding.path.entries()) {
    const holder: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isMap(holder)) {
      const pair = holder.items.find(({ key }) => isScalar(key) && key.value === step);
      if (pair === undefined) {
        return offset;
      }
      node = pair.value;
      offset = startOf(pair.key) ?? offset;
    } else if (isSeq(holder) && typeof step === 'number') {
      node = holder.items[step];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
    const last = depth === finding.path.length - 1;
    if (last && finding.atKey !== true && isScalar(node) && node.value !== null) {
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
