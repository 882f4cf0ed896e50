// Tells whoever counts of a request that is over.

import type { Request } from '../request.ts';
import { verifyErrorNow } from '../tls/certificate-fault.ts';
import { builtinVariable } from '../variables/builtin-variable.ts';

const idOf = builtinVariable('request_id');

export function reportRequest(request: Request): void {
  const { connection, server, location, sink, upstreams, errStatus, out } = request;
  const { engine, tls, client } = connection;
  engine.traffic?.finished({
    place: location,
    server: server.label,
    route: location.label,
    isTls: tls !== undefined,
    lane: upstreams.length > 0 ? 'standard' : 'none',
    status: errStatus === 0 ? out.status : errStatus,
    startedAtMs: request.startedAtMs,
    durationMs: engine.monotonic() - request.startedMonotonicMs,
    requestBodyBytes: request.body.received,
    responseBodyBytes: Math.max(0, sink.sentBytes - sink.headBytes),
    refusal: request.refusal,
    client,
    serverName: tls?.serverName,
    certificate: tls?.certificate,
    verifyError: tls === undefined ? undefined : verifyErrorNow(tls, engine.now()),
    host: request.host,
    method: request.method,
    target: request.unparsedUri,
    upstream: upstreams.at(-1)?.peer,
    id: () => idOf?.(request) ?? '',
  });
}
