// A client that pipelines requests which the gateway answers itself, and takes none of the answers: what waits to be
// taken must stay bounded, whichever lane serves.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { head, untilResponses } from '../support/http-messages.ts';
import { makeCertificates, startFront } from '../support/mutual-tls.ts';

const certificates = makeCertificates({ after });
const count = 3000;
const bodyBytes = 20_000;

for (const lane of ['express', 'standard']) {
  test(`answers that nobody takes stop the requests (lane: ${lane})`, { timeout: 30_000 }, async (t) => {
    const file = join(certificates.directory, `${lane}.log`);
    const { connect } = await startFront(t, certificates, {
      routes: [{ path: '/', respond: { status: 200, body: 'x'.repeat(bodyBytes) } }],
      server: { lane },
      log: { access: { format: 'combined', file } },
    });
    const lines = (): number => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);
    const client = await connect();
    client.socket.pause();
    client.send(head('GET /pipelined').repeat(count));
    let served = -1;
    while (served !== lines() || served === 0) {
      served = lines();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(served < count, `${served} requests are served, and ${served * bodyBytes} bytes wait`);
    // The standard lane may have cut it.
    if (lane === 'standard') return;
    client.socket.resume();
    assert.ok((await untilResponses(client, served)).every(({ status }) => status === 200));
  });
}
