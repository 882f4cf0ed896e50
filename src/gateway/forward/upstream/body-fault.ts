// What it means that a body did not arrive: a fault of a pump in, an error of ours out, which says whose fault it was.

import type { UpstreamServerConfig } from '../../../config/schema.ts';
import { type ErrorCode, MutualError } from '../../../errors.ts';
import type { BodyFault } from './body.ts';

/** The client's body on its way to the server. */
export function uploadError(fault: BodyFault, server: UpstreamServerConfig): MutualError {
  const [code, words] = uploadFaults[fault];
  return new MutualError(code, fault === 'sink-stalled' ? `${server.url} ${words}` : words);
}

const uploadFaults: Readonly<Record<BodyFault, readonly [ErrorCode, string]>> = {
  'too-large': ['body-too-large', 'the request body is larger than maxBodyBytes allows'],
  'wrong-length': ['request-invalid', 'the request body is not as long as its Content-Length says'],
  'source-stalled': ['request-timeout', 'the client stopped sending the request body'],
  'sink-stalled': ['upstream-timeout', 'stopped taking the request body'],
  'source-failed': ['client-closed', 'the client closed the connection in the middle of the request body'],
};

/** The server's body on its way to the client stalled; undefined for faults of another kind. */
export function downloadStall(fault: BodyFault, server: UpstreamServerConfig, idleMs: number): MutualError | undefined {
  if (fault === 'sink-stalled') return new MutualError('request-timeout', 'the client stopped reading the response');
  if (fault !== 'source-stalled') return undefined;
  const text = `${server.url} sent nothing for ${idleMs} ms in the middle of its response`;
  return new MutualError('upstream-timeout', text);
}
