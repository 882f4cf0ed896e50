// One TLS connection of the load generator, written by hand to cost little: shows the client certificate, sends requests
// one after the other and reads responses by their Content-Length. Anything but a 200 is an error.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import type { Fail } from './order.ts';

export interface ClientConnection {
  readonly socket: tls.TLSSocket;
  /** Only when the response before has ended. */
  exchange(request: Buffer, done: () => void): void;
  end(): void;
}

export interface ClientOptions {
  readonly port: number;
  readonly directory: string;
  readonly groups?: string | undefined;
  readonly protocol?: 'TLSv1.2' | 'TLSv1.3' | undefined;
}

/**
 * The same cipher suite and group whatever the server prefers, so that programs are compared and not their
 * preferences.
 */
export function tlsOptions(options: ClientOptions): tls.ConnectionOptions {
  const { port, directory, groups = 'X25519:P-256', protocol = 'TLSv1.3' } = options;
  const read = (name: string): Buffer => readFileSync(join(directory, name));
  const secureContext = tls.createSecureContext({
    ca: read('ca.crt'),
    cert: read('client.crt'),
    key: read('client.key'),
    minVersion: protocol,
    maxVersion: protocol,
    ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    ecdhCurve: groups,
  });
  return { host: '127.0.0.1', port, servername: 'localhost', secureContext };
}

/** Resolves when the handshake is done. `fail` is told of everything that goes wrong after it. */
export function connectClient(options: tls.ConnectionOptions, fail: Fail): Promise<ClientConnection> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect(options);
    socket.setNoDelay(true);
    let ended = false;
    let head = '';
    /** Bytes of the body that are still to come. */
    let body = 0;
    let whenDone: (() => void) | undefined;
    const finish = (): void => {
      const done = whenDone;
      whenDone = undefined;
      done?.();
    };
    socket.on('data', (chunk: Buffer) => {
      // HAProxy answers connections that end without a request.
      if (ended) return;
      if (body > 0) {
        body -= chunk.length;
      } else {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
        if (!head.startsWith('HTTP/1.1 200') || length === undefined) {
          fail(new Error(`an unexpected response: ${head.slice(0, 200)}`));
          return;
        }
        body = Number(length) - (head.length - end - 4);
        head = '';
      }
      if (body === 0) finish();
    });
    socket.once('secureConnect', () => {
      resolve({
        socket,
        exchange(request, done) {
          whenDone = done;
          socket.write(request);
        },
        end() {
          ended = true;
          socket.end();
        },
      });
    });
    socket.on('error', (error) => {
      reject(error);
      if (!ended) fail(error);
    });
    socket.on('close', () => {
      if (!ended) fail(new Error('the connection was closed'));
    });
  });
}

/** Opens so many connections, a few at a time, and makes one request on each. */
export async function connectClients(
  options: tls.ConnectionOptions,
  count: number,
  fail: Fail,
  first: Buffer,
): Promise<ClientConnection[]> {
  const made: ClientConnection[] = [];
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const connection = await connectClient(options, fail);
      await new Promise<void>((resolve) => connection.exchange(first, resolve));
      made.push(connection);
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, count) }, work));
  return made;
}

/** A GET, or a POST with a body; with a header that a careful gateway takes out. */
export function requestOf({
  path = '/bench?x=1',
  moreHeaders = 0,
  bodyBytes,
  close = false,
}: {
  readonly path?: string | undefined;
  readonly moreHeaders?: number | undefined;
  readonly bodyBytes?: number | undefined;
  readonly close?: boolean;
} = {}): Buffer {
  const fields = ['Host: localhost', 'User-Agent: bench', 'Accept: */*', 'X-SSL-Client-S-DN: CN=spoofed'];
  for (let i = 0; i < moreHeaders; i += 1) fields.push(`X-Field-${i}: the value of field ${i}`);
  if (close) fields.push('Connection: close');
  if (bodyBytes !== undefined) fields.push(`Content-Length: ${bodyBytes}`);
  const head = `${bodyBytes === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(bodyBytes ?? 0, 'x')]);
}
