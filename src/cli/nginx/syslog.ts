// Lines to a syslog server by UDP, as `syslog:server=…,facility=…,tag=…` says (src/core/ngx_syslog.c). A line that cannot
// be sent is lost, as there.

import { createSocket } from 'node:dgram';
import { hostname } from 'node:os';
import { parseNginxUrl } from '../../nginx/read/parse-url.ts';

export interface Syslog {
  /** @param severity 0 emerg to 7 debug */
  send(severity: number, line: string): void;
  close(): void;
}

const facilities =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

export function createSyslog(parameters: string): Syslog {
  const given = new Map(parameters.split(',').map((parameter) => parameter.split('=') as [string, string | undefined]));
  const url = parseNginxUrl(given.get('server') ?? '', { defaultPort: 514 });
  if (typeof url === 'string' || url.kind === 'unix') return { send() {}, close() {} };
  const facility = Math.max(0, facilities.indexOf(given.get('facility') ?? 'local7'));
  const tag = given.get('tag') ?? 'nginx';
  const host = given.has('nohostname') ? '' : `${hostname()} `;
  const socket = createSocket(url.kind === 'inet6' ? 'udp6' : 'udp4');
  socket.on('error', () => {});
  socket.unref();
  return {
    send(severity, line) {
      const now = new Date();
      const day = `${months[now.getMonth()]} ${String(now.getDate()).padStart(2)} ${now.toTimeString().slice(0, 8)}`;
      socket.send(`<${facility * 8 + severity}>${day} ${host}${tag}: ${line}`, url.port, url.host);
    },
    close: () => socket.close(),
  };
}
