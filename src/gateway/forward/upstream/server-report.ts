// Says in the program's log which servers fail and which answer again: once for each change, however many requests
// meet it.

import type { UpstreamConfig } from '../../../config/schema.ts';
import type { MutualError } from '../../../errors.ts';
import type { ServerState } from './balance.ts';
import type { UpstreamLog } from './log.ts';

export interface ServerReport {
  /** @param stillUp whether the server goes on being asked */
  failed(state: ServerState, error: MutualError, stillUp: boolean): void;
  succeeded(state: ServerState): void;
}

export function createServerReport({ name }: UpstreamConfig, log: UpstreamLog): ServerReport {
  const said = new Map<ServerState, 'failing' | 'out'>();
  return {
    failed(state, error, stillUp) {
      const { url, failTimeoutMs } = state.server;
      const now = stillUp ? 'failing' : 'out';
      const before = said.get(state);
      if (before === 'out' || before === now) return;
      said.set(state, now);
      const consequence = stillUp ? '' : `; it is not asked for ${failTimeoutMs} ms`;
      log.warn({ upstream: name, server: url, code: error.code }, `upstream ${name}: ${error.message}${consequence}`);
    },
    succeeded(state) {
      if (!said.delete(state)) return;
      log.info({ upstream: name, server: state.server.url }, `upstream ${name}: ${state.server.url} answers again`);
    },
  };
}
