// Two sockets joined: bytes pass both ways untouched, each as fast as the other side takes them, for as long as both
// want. The end of one direction is passed on and leaves the other open.

import type { Duplex } from 'node:stream';
import { cutSocket } from './cut-socket.ts';

export interface TunnelCounts {
  readonly onClientBytes: (bytes: number) => void;
  readonly onUpstreamBytes: (bytes: number) => void;
}

/** When one socket is gone, how long the other gets to take what is still meant for it. */
const lastBytesMs = 30_000;

export function joinSockets(client: Duplex, upstream: Duplex, { onClientBytes, onUpstreamBytes }: TunnelCounts): void {
  // Else the end of one direction would be answered with the end of the other.
  client.allowHalfOpen = true;
  upstream.allowHalfOpen = true;
  client.on('data', (chunk: Buffer) => onClientBytes(chunk.length));
  upstream.on('data', (chunk: Buffer) => onUpstreamBytes(chunk.length));
  client.pipe(upstream);
  upstream.pipe(client);
  endTogether(client, upstream);
  endTogether(upstream, client);
}

function endTogether(gone: Duplex, other: Duplex): void {
  gone.on('error', () => gone.destroy());
  gone.once('close', () => {
    // Cut off in mid-stream: that is passed on as it is. Else what has been received is still delivered.
    if (!gone.readableEnded) {
      cutSocket(other);
      return;
    }
    if (other.writableFinished) {
      other.destroy();
      return;
    }
    const timer = setTimeout(() => other.destroy(), lastBytesMs);
    other.once('close', () => clearTimeout(timer));
    other.once('finish', () => other.destroy());
    other.end();
  });
}
