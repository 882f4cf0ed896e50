// The directives of one block in, its settings in our configuration out, key by key. What is inherited stays where it
// was written: the `http` section inherits as nginx does.

import { serverSettings } from '../../config/document/http/server.ts';
import { settings as locationSettings } from '../../config/document/http/settings.ts';
import { formatDuration } from '../../config/units.ts';
import { parseNginxSeconds, parseNginxSize, parseNginxTime } from '../check/units.ts';
import type { DirectiveNode } from '../read/directive-node.ts';
import { specialSettings } from './special-settings.ts';

export type Settings = Record<string, unknown>;

const known = new Set([...Object.keys(serverSettings), ...Object.keys(locationSettings)]);

/** `proxy_ssl_verify` as `proxySslVerify`. */
export function keyOf(directive: string): string {
  return directive.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a directive becomes a setting; the others are structure, or nothing comes of them. */
export function isSetting(directive: string): boolean {
  return specialSettings[directive] !== undefined || known.has(keyOf(directive));
}

export function translateSettings(block: readonly DirectiveNode[]): Settings {
  const settings: Settings = {};
  const done = new Set<string>();
  for (const node of block) {
    if (node.row === undefined || done.has(node.name) || node.row.meaning.kind === 'refused') continue;
    const special = specialSettings[node.name];
    if (special !== undefined) {
      done.add(node.name);
      Object.assign(
        settings,
        special(
          block.filter(({ name }) => name === node.name),
          block,
        ),
      );
      continue;
    }
    const key = keyOf(node.name);
    if (!known.has(key)) continue;
    done.add(node.name);
    settings[key] = translateValue(node, block);
  }
  return settings;
}

function translateValue(node: DirectiveNode, block: readonly DirectiveNode[]): unknown {
  const { args, row } = node;
  const [first = ''] = args;
  switch (row?.value?.kind) {
    case 'flag':
      return first.toLowerCase() === 'on';
    case 'number':
      return Number(first);
    case 'size':
    case 'offset':
      return parseNginxSize(first, true) ?? 0;
    case 'milliseconds':
      return formatDuration(parseNginxTime(first) ?? 0);
    case 'seconds':
      return formatDuration((parseNginxSeconds(first) ?? 0) * 1000);
    case 'buffers':
      return { number: Number(first), size: parseNginxSize(args[1] ?? '') ?? 0 };
    case 'one-of':
      return row.value.words.find((word) => word.toLowerCase() === first.toLowerCase()) ?? first;
    case 'some-of': {
      // Several of them add up.
      const { words } = row.value;
      const said = block.filter(({ name }) => name === node.name).flatMap((one) => one.args);
      return [...new Set(said.map((arg) => words.find((word) => word.toLowerCase() === arg.toLowerCase()) ?? arg))];
    }
    default:
      return first;
  }
}
