// Request ids: 32 lower-case hexadecimal digits each, from the operating system's generator of random numbers. They are
// drawn many at a time, since asking for 16 bytes costs as much as asking for thousands.

import { randomFillSync } from 'node:crypto';

const idBytes = 16;
const blockBytes = 1024 * idBytes;

export function createRequestIds(): () => string {
  const block = Buffer.alloc(blockBytes);
  let at = blockBytes;
  return () => {
    if (at === blockBytes) {
      randomFillSync(block);
      at = 0;
    }
    at += idBytes;
    return block.toString('hex', at - idBytes, at);
  };
}
