// What `-v`, `-V` and `-h` tell. The list of modules says which of nginx's there is something for here, in the words
// that scripts look for.

import type { NginxPaths } from './paths.ts';

export function versionLine(version: string, own: string): string {
  return `nginx version: nginx/${version} (mutual/${own})`;
}

const withModules = ['http_ssl', 'http_v2', 'http_realip', 'http_stub_status'];
const withoutModules = [
  'http_fastcgi',
  'http_uwsgi',
  'http_scgi',
  'http_grpc',
  'http_memcached',
  'http_gzip',
  'http_ssi',
  'http_userid',
  'http_mirror',
  'http_autoindex',
  'http_referer',
  'http_empty_gif',
  'http_browser',
];

export function configureLines(paths: NginxPaths): string[] {
  const args = [
    `--prefix=${paths.prefix}`,
    `--conf-path=${paths.file}`,
    `--error-log-path=${paths.errorLog}`,
    `--pid-path=${paths.pidFile}`,
    ...withModules.map((module) => `--with-${module}_module`),
    ...withoutModules.map((module) => `--without-${module}_module`),
    '--without-http-cache',
  ];
  return [
    `built with OpenSSL ${process.versions.openssl}`,
    'TLS SNI support enabled',
    `configure arguments: ${args.join(' ')}`,
  ];
}

export function helpText({ prefix, file, errorLog }: NginxPaths): string {
  return `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: ${prefix})
  -e filename   : set error log file (default: ${errorLog})
  -c filename   : set configuration file (default: ${file})
  -g directives : set global directives out of configuration file
`;
}
