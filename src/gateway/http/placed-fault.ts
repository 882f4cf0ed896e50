// A fault of the section `http` in, the same with its places in the file out, where they can be told: the compiler knows
// texts, and not where they stand.

import type { KeyPath } from '../../config/config-error.ts';
import { readConfigText } from '../../config/load.ts';
import { parseYaml } from '../../config/yaml-document.ts';
import { UnknownVariable } from './script/compiler.ts';
import { partsOf } from './script/value.ts';

/** @param file the configuration in YAML that the section stands in; it is read again */
export function placedFault(error: unknown, file: string): unknown {
  if (!(error instanceof UnknownVariable)) return error;
  const { variable, message } = error;
  try {
    const yaml = parseYaml(readConfigText(file), file);
    const { http } = yaml.value as { readonly http?: unknown };
    const places = placesOf(variable, http, ['http']);
    return places.length === 0 ? error : yaml.locate(places.map((path) => ({ path, message })));
  } catch {
    // The file is another one by now, or none of ours: what is wrong is told all the same.
    return error;
  }
}

/** Where a text speaks of the variable. */
function placesOf(variable: string, value: unknown, path: KeyPath): KeyPath[] {
  if (typeof value === 'string') {
    const speaks = partsOf(value).some(
      (part) => typeof part === 'object' && 'variable' in part && part.variable === variable,
    );
    return speaks ? [path] : [];
  }
  if (Array.isArray(value)) return value.flatMap((one, index) => placesOf(variable, one, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placesOf(variable, one, [...path, key]));
}
