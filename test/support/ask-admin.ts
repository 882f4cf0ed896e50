// One request to an admin listener, with whatever headers a test wants, and its answer whole.

import http from 'node:http';
import https from 'node:https';
import type { SecureContextOptions } from 'node:tls';

export interface AdminQuestion {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
  readonly tls?: SecureContextOptions & { readonly servername?: string };
  readonly agent?: http.Agent;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** @param url `http:`, `https:` or `unix:/path/of.sock` */
export function askAdmin(url: string, path: string, question: AdminQuestion = {}): Promise<AdminAnswer> {
  const { method = 'GET', headers = {}, body, tls = {}, agent } = question;
  const isUnix = url.startsWith('unix:');
  const isTls = url.startsWith('https:');
  const { hostname, port } = isUnix ? { hostname: 'localhost', port: '0' } : new URL(url);
  return new Promise((resolve, reject) => {
    const options = {
      ...(isUnix ? { socketPath: url.slice('unix:'.length) } : { host: hostname.replace(/^\[|\]$/g, ''), port }),
      ...{ method, path, headers, agent },
      setHost: headers.host === undefined,
    };
    const onResponse = (response: http.IncomingMessage): void => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    };
    const request = isTls ? https.request({ ...options, ...tls }, onResponse) : http.request(options, onResponse);
    request.on('error', reject);
    request.end(body);
  });
}

/** The JSON of an answer. */
export async function askAdminJson<T>(url: string, path: string, question: AdminQuestion = {}): Promise<T> {
  return JSON.parse((await askAdmin(url, path, question)).text);
}

/** Tells an administrator's reload from a form of a foreign page. */
export const reloadQuestion: AdminQuestion = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{}',
};

/** Asks again until the answer is as wanted; what is counted when a connection closes is counted a moment later. */
export async function askUntil<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  const until = performance.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    if (performance.now() > until) throw new Error(`not as wanted in time: ${JSON.stringify(answer).slice(0, 2000)}`);
    // Not at once: who is asked all the time has no time to get there.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
