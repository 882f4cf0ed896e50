// The addresses that are listened on: those of a new configuration are opened, all or none, before it is in force, and
// those that it has given up are closed after.

import type { AddressSharing } from './accept/bind.ts';
import type { ConnectionLimits } from './accept/connection-limits.ts';
import { createListener, type Listener, type ListenerEvents, type ListenerPolicy } from './accept/listener.ts';
import type { Generation } from './generation.ts';

export interface Listeners {
  /** Opens the addresses that are new; where one cannot be had, none is left open. @throws MutualError */
  open(next: Generation): Promise<readonly Listener[]>;
  /** They are among all from now on. */
  take(opened: readonly Listener[]): void;
  /** They were opened in vain. */
  discard(opened: readonly Listener[]): Promise<void>;
  /** Closes those that the generation in force does not have. */
  closeGone(): void;
  all(): readonly Listener[];
}

export interface ListenersDependencies {
  readonly generation: () => Generation;
  readonly events: ListenerEvents;
  readonly connectionLimits: ConnectionLimits;
  readonly sharing: AddressSharing | undefined;
  readonly now: () => number;
}

export function createListeners({ generation, ...dependencies }: ListenersDependencies): Listeners {
  const listeners = new Map<string, Listener>();
  let connectionIds = 0;
  const nextConnectionId = (): number => {
    connectionIds += 1;
    return connectionIds;
  };

  async function discard(opened: readonly Listener[]): Promise<void> {
    const closed = Promise.all(opened.map((listener) => listener.close()));
    for (const listener of opened) listener.cut();
    await closed;
  }

  return {
    async open(next) {
      const opened: Listener[] = [];
      try {
        for (const config of next.listeners) {
          if (listeners.has(config.key)) continue;
          // Until everything is open, a connection to a new address is judged by the generation that brought it.
          const policy = (): ListenerPolicy | undefined =>
            (listeners.has(config.key) ? generation() : next).listenerPolicy(config.key);
          opened.push(await createListener(config, { ...dependencies, policy, nextConnectionId }));
        }
        return opened;
      } catch (error) {
        await discard(opened);
        throw error;
      }
    },
    take(opened) {
      for (const listener of opened) listeners.set(listener.key, listener);
    },
    discard,
    closeGone() {
      for (const [key, listener] of listeners) {
        if (generation().listenerPolicy(key) !== undefined) continue;
        listeners.delete(key);
        void listener.close();
      }
    },
    all: () => [...listeners.values()],
  };
}
