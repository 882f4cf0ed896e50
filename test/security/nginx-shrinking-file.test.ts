// A file that becomes shorter while it is sent: its length has been told, and the next response on the connection would be
// taken for the rest of it.

import assert from 'node:assert/strict';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { head, untilResponses } from '../support/http-messages.ts';
import { startNginxFront } from '../support/nginx-front.ts';
import { temporaryDirectory } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';

const bytes = 32 << 20;

test('the connection ends with what there is of the file', { timeout: 20_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const front = await startNginxFront(t, {
    directory,
    files: { 'files/big.bin': 'x'.repeat(bytes), 'files/small.bin': 'small' },
    http: 'server { listen 127.0.0.1:80; root files; }',
  });
  const client = await connectRaw(t, front);
  client.send(head('GET /small.bin'));
  await untilResponses(client, 1);
  client.send(head('GET /big.bin') + head('GET /small.bin'));
  await client.until(`Content-Length: ${bytes}`);
  client.socket.pause();
  truncateSync(join(directory, 'files/big.bin'), 0);
  client.socket.resume();
  const received = await client.closed;
  assert.ok(received.length < bytes);
  assert.equal(received.split('small').length, 2, 'only the first request is answered with the small file');
  assert.match(front.errorLog(), /a file has become shorter while it was sent/);
});
