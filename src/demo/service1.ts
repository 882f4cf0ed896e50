// Service1: the service behind the gateway in the demonstration. A real HTTP server on loopback that knows nothing of
// TLS and answers with who is calling, as far as the gateway's headers tell.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MutualError, messageOf, systemCodeOf } from '../errors.ts';

export interface Service1 {
  readonly port: number;
  close(): Promise<void>;
}

const identityPrefix = 'x-ssl-client-';

/**
 * @throws MutualError where the address cannot be had
 * @param log one line for each request: the client's DN in the backend's own log, which is what all this is for
 * @param options.port 0 picks a free one
 */
export function startService1(
  options: { readonly host: string; readonly port: number },
  log: (line: string) => void,
): Promise<Service1> {
  const server = createServer((request, response) => {
    const dn = request.headers['x-ssl-client-s-dn'];
    const caller = typeof dn === 'string' && dn !== '' ? dn : undefined;
    log(`Service1: ${request.method} ${request.url} from ${caller ?? 'an unknown client'}`);
    const answer = {
      service: 'Service1',
      message: caller === undefined ? 'Hello, whoever you are' : `Hello, ${caller}`,
      request: `${request.method} ${request.url}`,
      client: request.headers['x-real-ip'],
      identity: Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith(identityPrefix))),
    };
    const body = `${JSON.stringify(answer, null, 2)}\n`;
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = systemCodeOf(error) === 'EADDRINUSE' ? 'address-in-use' : 'address-unavailable';
      reject(new MutualError(code, `Service1 cannot listen: ${messageOf(error)}`, { cause: error }));
    });
    server.listen(options.port, options.host, () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
