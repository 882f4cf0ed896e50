// docs/nginx.md: what is said of the whole, and the table of directives, made from the table that the reader checks
// with. A test holds the page against it.

import type { DirectiveRow } from './directives/row.ts';
import { directiveGroups } from './directives/table.ts';
import { defaultNginxVersion } from './version.ts';

export function nginxDocumentation(): string {
  const groups = directiveGroups.map(([title, rows]) => `### ${title}\n\n${table(rows)}\n`);
  return `${introduction()}\n## Directives\n\n${legend()}\n\n${groups.join('\n')}`;
}

function introduction(): string {
  return `# nginx files

\`mutual\` serves from the file that nginx served from.

\`\`\`
mutual check --nginx /etc/nginx/nginx.conf      like nginx -t
mutual config --nginx /etc/nginx/nginx.conf     like nginx -T
mutual run --nginx /etc/nginx/nginx.conf        serve from it
mutual import /etc/nginx/nginx.conf             print it as a configuration of ours
mutual nginx -p PREFIX -c FILE -t               nginx's own command line, for scripts that call nginx
\`\`\`

\`run\`, \`check\` and \`config\` take \`-p PREFIX\`, \`-e ERRORLOG\`, \`-g DIRECTIVES\` and \`--nginx-compat VERSION\` beside
\`--nginx\`. Without \`-p\` the prefix is the folder of the file, or the one above where that folder is called \`conf\`.
\`mutual nginx\` takes \`-?hvVtTq\`, \`-s SIGNAL\`, \`-p\`, \`-e\`, \`-c\` and \`-g\`, prints nginx's texts and ends with its exit
codes. Its default paths are those of Debian's packages; below a prefix of one's own they are \`conf/nginx.conf\`,
\`logs/error.log\`, \`logs/access.log\` and \`logs/nginx.pid\`.

## The version

\`--nginx-compat\` says which nginx is stood in for: 1.22 to 1.31, as \`1.28\` or whole as \`1.28.1\`; default
${defaultNginxVersion.text}. It decides which directives there are, what they default to, and what the Server header tells.

## The file

Files are read by nginx's own rules: quotes, escapes, comments, variables, \`include\` with patterns, the nearest block that
has a directive counts. What is wrong is said in nginx's words with file and line, in the order in which nginx finds it.
Beyond that, an address that was forgotten is named: for \`listen ssl;\` nginx says no more than that there is no host
\`ssl\`.

Regular expressions are PCRE's in nginx and JavaScript's here. They differ in what files of this kind rarely have:
possessive quantifiers are greedy, \`\\A\` and \`\\z\` are \`^\` and \`$\`, recursion and conditions are refused.

## The process

\`mutual nginx\` goes into the background unless the file says \`daemon off\`; the first process ends when all addresses are
bound. \`mutual run --nginx\` stays in the foreground unless the file says \`daemon on\`. One process serves, whatever
\`worker_processes\` and \`master_process\` say. The pid file is written when all addresses are bound, holds the process that
was started, and is removed at the end. Nothing is printed while it serves.

| signal | what happens |
| --- | --- |
| TERM, INT | the process ends at once |
| QUIT | it ends when what is in flight is done, at the latest after \`worker_shutdown_timeout\` |
| HUP | the file is read again; one that is wrong is told in the error log and the one before it stays |
| USR1 | log files are opened anew |
| USR2, WINCH | nothing |

With \`user\` the rights of root are given up when everything is open. nginx keeps a master process that has them still; here
a reload reads what that user may read, and binds what it may bind.

## What differs

nginx's weak defaults are kept, since others rely on them, and warned of in the error log at the start: upstreams are not
verified unless \`proxy_ssl_verify on\` is said.

Not there: caches, compression, FastCGI and the other upstream protocols, mail and streams, HTTP/3, modules. Connections
that are open keep the identity that they began with until they end, or until a reload, or until the certificate has
expired; servers in our own configuration (\`servers\`, not \`http\`) judge them again when trust changes.

What nginx lets through to whoever knows how to ask is not let through here:

- A line end or NUL that came in decoded (\`%0d%0a\` in \`$uri\`, a group of an expression, \`$remote_user\`) is escaped again
  (\`%0D%0A\`) wherever a variable puts it into a header or a trailer; in the request line toward an upstream so are all
  control characters and spaces. Only \`$ssl_client_cert\` keeps its folded lines.
- A file whose name climbs where \`root\` or \`alias\` does not is 403: \`/files../x\` behind \`location /files { alias /data/; }\`,
  \`..\` in an argument of \`try_files\`.
- A client without a server name that was verified by the CAs of one server is 421 at a server that trusts others.
- A session is taken up only under the CAs, the revocation list and the depth it was made under, also over a reload; a
  client certificate that has expired since the handshake is 495.
- A connection to an upstream that answered before it had the whole request is not used again.
- Extensions and trailers of a chunked body may come to 64 KB, passwords of Basic authentication to 512 bytes; of log
  files named by variables 64 are open at once.
- The error log escapes control characters, and shows no credentials of header lines that it complains of.
`;
}

function legend(): string {
  return `*exact*: as in nginx. *not quite*: it says in what. *accepted*: taken, and nothing has to come of it. *refused*: a file
that has it is not served, and the message names file and line. Where it may stand: M main, E events, H http, S server,
L location, U upstream, I \`if\` in a server, i \`if\` in a location, X \`limit_except\`.`;
}

const letters: Readonly<Record<string, string>> = {
  main: 'M',
  events: 'E',
  http: 'H',
  server: 'S',
  location: 'L',
  upstream: 'U',
  'server-if': 'I',
  'location-if': 'i',
  'limit-except': 'X',
};

function table(rows: readonly DirectiveRow[]): string {
  const named = rows.filter((row) => !isSettingOfForeign(row));
  const rest = rows.length - named.length;
  const lines = named.map((row) => `| \`${row.name}\`${since(row)} | ${where(row)} | ${meaning(row)} |`);
  const head = ['| Directive | Where | What becomes of it |', '| --- | --- | --- |'];
  const foot =
    rest === 0
      ? []
      : ['', `The other ${rest} directives of these protocols are known by name and taken where they may stand.`];
  return [...head, ...lines, ...foot].join('\n');
}

/** There are hundreds, and of each there is the same to say. */
function isSettingOfForeign({ name, meaning }: DirectiveRow): boolean {
  return meaning.kind === 'accepted' && /^(fastcgi|uwsgi|scgi|grpc|memcached)_/.test(name);
}

function since({ since: from, until }: DirectiveRow): string {
  return `${from === undefined ? '' : ` (from 1.${from})`}${until === undefined ? '' : ` (before 1.${until})`}`;
}

function where(row: DirectiveRow): string {
  if (row.in === 'any') return 'everywhere';
  return row.in
    .split(' ')
    .map((context) => letters[context] ?? context)
    .join(' ');
}

function meaning({ meaning: of }: DirectiveRow): string {
  switch (of.kind) {
    case 'exact':
      return of.native === undefined ? 'exact' : `exact: \`${of.native}\``;
    case 'approximate':
      return `not quite: ${of.differs}`;
    case 'accepted':
      return `accepted: ${of.why}`;
    case 'refused':
      return `refused: ${of.why}.`;
  }
}
