// nginx's own command line (src/core/nginx.c, ngx_get_options): single letters, which may stand together, and whose
// values may stand right behind them.

import { defaultNginxVersion, type NginxVersion, parseNginxVersion } from '../../nginx/version.ts';

export const nginxSignals = ['stop', 'quit', 'reopen', 'reload'] as const;
export type NginxSignal = (typeof nginxSignals)[number];

export interface NginxOptions {
  readonly showHelp: boolean;
  readonly showVersion: boolean;
  /** With `-V`. */
  readonly showConfigure: boolean;
  readonly test: boolean;
  /** With `-T`. */
  readonly dump: boolean;
  readonly quiet: boolean;
  readonly prefix: string | undefined;
  readonly file: string | undefined;
  readonly errorLog: string | undefined;
  readonly globals: string | undefined;
  readonly signal: NginxSignal | undefined;
  readonly version: NginxVersion;
}

const missing: Readonly<Record<string, string>> = {
  p: 'option "-p" requires directory name',
  c: 'option "-c" requires file name',
  e: 'option "-e" requires file name',
  g: 'option "-g" requires parameter',
  s: 'option "-s" requires parameter',
};

/** The options, or what nginx says is wrong with them. @throws MutualError for a version that is not known */
export function parseNginxOptions(args: readonly string[]): NginxOptions | string {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--nginx-compat') {
      values.set('compat', rest.shift() ?? '');
      continue;
    }
    if (!arg.startsWith('-')) return `invalid option: "${arg}"`;
    for (let place = 1; place < arg.length; place += 1) {
      const letter = arg[place] as string;
      if ('?hvVtTq'.includes(letter)) {
        flags.add(letter);
        continue;
      }
      const complaint = missing[letter];
      if (complaint === undefined) return `invalid option: "${letter}"`;
      const value = place + 1 < arg.length ? arg.slice(place + 1) : rest.shift();
      if (value === undefined || value === '') return complaint;
      if (letter === 's' && !nginxSignals.some((one) => one === value)) return `invalid option: "-s ${value}"`;
      values.set(letter, value);
      break;
    }
  }
  const compat = values.get('compat');
  return {
    showHelp: flags.has('?') || flags.has('h'),
    showVersion: ['?', 'h', 'v', 'V'].some((flag) => flags.has(flag)),
    showConfigure: flags.has('V'),
    test: flags.has('t') || flags.has('T'),
    dump: flags.has('T'),
    quiet: flags.has('q'),
    prefix: values.get('p'),
    file: values.get('c'),
    errorLog: values.get('e'),
    globals: values.get('g'),
    signal: values.get('s') as NginxSignal | undefined,
    version: compat === undefined ? defaultNginxVersion : parseNginxVersion(compat),
  };
}
