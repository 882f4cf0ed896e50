// A client that sends exactly the bytes it is told to, over TCP, TLS or a unix socket, and keeps what comes back.

import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import type { AfterHook } from './openssl.ts';

export interface RawClient {
  readonly socket: Socket;
  /** Everything received so far, one character a byte. */
  readonly received: string;
  /** Whether the connection was reset rather than closed; known once it is closed. */
  readonly reset: boolean;
  /** Writes a text, one byte a character, or bytes. */
  send(data: string | Buffer): void;
  /** Resolves with everything received once it holds this text so many times; rejects when it is closed before. */
  until(text: string, times?: number): Promise<string>;
  /** Resolves with everything received once the other side has closed. */
  readonly closed: Promise<string>;
}

export type RawTarget = ({ readonly port: number; readonly host?: string } | { readonly path: string }) & {
  /** Go on sending after the other side has closed its direction. */
  readonly allowHalfOpen?: boolean;
};

export async function connectRaw(
  t: AfterHook,
  target: RawTarget,
  tlsOptions?: tls.ConnectionOptions,
): Promise<RawClient> {
  const plain = net.connect({ host: '127.0.0.1', ...target });
  const socket = tlsOptions === undefined ? plain : tls.connect({ socket: plain, ...tlsOptions });
  t.after(() => socket.destroy());
  const chunks: Buffer[] = [];
  let reset = false;
  const looks = new Set<() => void>();
  const text = (): string => Buffer.concat(chunks).toString('latin1');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once(tlsOptions === undefined ? 'connect' : 'secureConnect', () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    reset ||= error.code === 'ECONNRESET' || error.code === 'EPIPE';
  });
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    for (const look of [...looks]) look();
  });
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(text())));
  return {
    socket,
    get received() {
      return text();
    },
    get reset() {
      return reset;
    },
    send: (data) => {
      socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
    },
    until: (wanted, times = 1) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (text().split(wanted).length <= times) return;
          looks.delete(look);
          resolve(text());
        };
        looks.add(look);
        look();
        void closed.then(() => reject(new Error(`closed before ${JSON.stringify(wanted)}: ${JSON.stringify(text())}`)));
      }),
    closed,
  };
}

/** Sends these bytes on a connection of its own and resolves with everything that comes back until it is closed. */
export async function exchangeRaw(t: AfterHook, target: RawTarget, data: string | Buffer): Promise<string> {
  const client = await connectRaw(t, target);
  client.send(data);
  return client.closed;
}
