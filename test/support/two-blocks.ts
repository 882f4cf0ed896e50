// One listener with two server blocks: `open.test` asks nobody for a certificate, `strict.test` demands one. Whoever gets
// a handshake for the first where the second was meant has found a way around.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type GuardedGateway, guard, type Trust } from './guarded-gateway.ts';
import { createRecordingBackend } from './recording-backend.ts';
import { type AsyncAfterHook, startTestGateway } from './test-gateway.ts';

export async function startOpenAndStrict(
  t: AsyncAfterHook,
  trust: Trust,
): Promise<Omit<GuardedGateway, 'reconfigure'>> {
  const backend = await createRecordingBackend(t);
  const { certificate, key } = trust.server;
  const block = (name: string, clients: object): object => ({
    listen: '127.0.0.1:0',
    names: [name],
    tls: { certificate, key, clients },
    routes: [{ path: '/', upstream: backend.url }],
  });
  // The open one comes first: the order of the file must not make it the one for names that nobody has.
  const servers = [block('open.test', { verify: 'none' }), block('strict.test', { ca: trust.ca.certificate })];
  const document = JSON.stringify({ servers, log: { level: 'debug', access: 'off' } });
  return guard(t, trust, await startTestGateway(t, mkdtempSync(join(trust.directory, 'two-')), document), backend);
}
