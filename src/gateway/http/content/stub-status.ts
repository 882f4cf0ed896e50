// `stub_status` (ngx_http_stub_status_module.c): how many connections and requests there are.

import type { Request } from '../request.ts';
import { sendWhole } from '../response/send.ts';

export function sendStubStatus(request: Request): Promise<number> | number {
  if (request.method !== 'GET' && request.method !== 'HEAD') return 405;
  request.body.invite(request);
  const { stats } = request.connection.engine;
  request.out.status = 200;
  request.out.contentType = 'text/plain';
  const text = [
    `Active connections: ${stats.active} `,
    'server accepts handled requests',
    ` ${stats.accepted} ${stats.accepted} ${stats.requests} `,
    `Reading: ${stats.reading} Writing: ${stats.writing} Waiting: ${stats.waiting} `,
    '',
  ].join('\n');
  return sendWhole(request, Buffer.from(text, 'latin1'));
}
