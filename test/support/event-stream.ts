// A reader of server-sent events as a browser would be one: a stream of the admin listener in, events out.

import http from 'node:http';
import type { EventName, EventTypes } from '../../src/admin/events.ts';
import type { AsyncAfterHook } from './test-gateway.ts';

export interface ReceivedEvent<Name extends EventName = EventName> {
  readonly name: Name;
  readonly data: EventTypes[Name];
}

export interface EventStream {
  readonly received: readonly ReceivedEvent[];
  /** The first event of the name, received already or still to come, for which `wanted` holds. */
  until<Name extends EventName>(name: Name, wanted?: (data: EventTypes[Name]) => boolean): Promise<EventTypes[Name]>;
  close(): void;
}

const patienceMs = 20_000;

/** Resolves when the stream has begun. */
export function openEventStream(t: AsyncAfterHook, url: string): Promise<EventStream> {
  const received: ReceivedEvent[] = [];
  const looks = new Set<() => void>();
  let rest = '';
  const take = (block: string): void => {
    const name = /^event: (.*)$/m.exec(block)?.[1];
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (name === undefined || data === undefined) return;
    received.push({ name: name as EventName, data: JSON.parse(data) });
    for (const look of [...looks]) look();
  };
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}/api/events`, { agent: false }, (response) => {
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) take(block);
      });
      response.on('error', () => {});
      resolve({
        received,
        close: () => request.destroy(),
        until: (name, wanted = () => true) =>
          new Promise((done, fail) => {
            const timer = setTimeout(
              () => fail(new Error(`no such ${name} event: ${JSON.stringify(received).slice(0, 2000)}`)),
              patienceMs,
            );
            const look = (): void => {
              const found = received.find((event) => event.name === name && wanted(event.data as never));
              if (found === undefined) return;
              clearTimeout(timer);
              looks.delete(look);
              done(found.data as never);
            };
            looks.add(look);
            look();
          }),
      });
    });
    request.on('error', reject);
    t.after(() => request.destroy());
  });
}
