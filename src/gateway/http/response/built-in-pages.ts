// The pages that nginx shows for a status where the configuration has none (ngx_http_special_response.c).

import { statusLines } from './status-lines.ts';

const titles: Readonly<Record<number, string>> = {
  ...statusLines,
  302: '302 Found',
  401: '401 Authorization Required',
  494: '400 Request Header Or Cookie Too Large',
  495: '400 The SSL certificate error',
  496: '400 No required SSL certificate was sent',
  497: '400 The plain HTTP request was sent to HTTPS port',
};

/** What stands below the heading of pages for 400 that have a reason. */
const reasons: Readonly<Record<number, string>> = {
  494: 'Request Header Or Cookie Too Large',
  495: 'The SSL certificate error',
  496: 'No required SSL certificate was sent',
  497: 'The plain HTTP request was sent to HTTPS port',
};

const shown: ReadonlySet<number> = new Set([
  301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 421, 429,
  494, 495, 496, 497, 500, 501, 502, 503, 504, 505, 507,
]);

const padding = '<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n'.repeat(6);

/** Undefined for a status that has no page: the response has no body then. */
export function builtInPage(status: number, serverName: string, padded: boolean): string | undefined {
  const title = titles[status];
  if (title === undefined || !shown.has(status)) return undefined;
  const reason = reasons[status];
  const heading = reason === undefined ? title : '400 Bad Request';
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${heading}</h1></center>`,
    ...(reason === undefined ? [] : [`<center>${reason}</center>`]),
    `<hr><center>${serverName}</center>`,
    '</body>',
    '</html>',
    padded && status >= 400 ? padding : '',
  ].join('\r\n');
}
