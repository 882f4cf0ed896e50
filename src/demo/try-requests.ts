// The requests that the demonstration makes itself, over real sockets, to show who gets through and who does not.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { messageOf, systemCodeOf } from '../errors.ts';

/** What became of one request: a status and, from Service1, the name it saw; or the way the connection ended. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly dn: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** @param options.bundle file with certificate and key to show; @param options.ca file of the CA that the server is verified against */
export async function tryRequest(
  url: string,
  options: { readonly ca?: string; readonly bundle?: string } = {},
): Promise<Outcome> {
  const { ca, bundle } = options;
  const shown = bundle === undefined ? undefined : readFileSync(bundle);
  const tls = {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(shown === undefined ? {} : { cert: shown, key: shown }),
  };
  const get = url.startsWith('https:') ? https.get : http.get;
  return new Promise((resolve) => {
    const request = get(url, { ...tls, agent: false, timeout: 5000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ kind: 'refused', reason: messageOf(error) }));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        resolve({ kind: 'answered', status, dn: dnIn(Buffer.concat(chunks).toString()) });
      });
    });
    request.on('timeout', () => request.destroy(new Error('no answer within 5 seconds')));
    request.on('error', (error) => resolve({ kind: 'refused', reason: refusalText(error) }));
  });
}

/** Service1 answers with the headers it got. */
function dnIn(body: string): string | undefined {
  try {
    const answer: { identity?: Record<string, string> } = JSON.parse(body);
    return answer.identity?.['x-ssl-client-s-dn'];
  } catch {
    return undefined;
  }
}

function refusalText(error: Error): string {
  if (/certificate.required|handshake.failure/i.test(messageOf(error))) return 'TLS alert: certificate required';
  return systemCodeOf(error) === 'ECONNRESET' ? 'the connection was closed in the handshake' : messageOf(error);
}
