// Directives whose setting is more than their one argument: lists, pairs, and what is written in another way.

import { formatDuration } from '../../config/units.ts';
import { parseNginxSize, parseNginxTime } from '../check/units.ts';
import type { DirectiveNode } from '../read/directive-node.ts';

/** All directives of a name in one block, and the whole block. */
type Translate = (nodes: readonly DirectiveNode[], block: readonly DirectiveNode[]) => Record<string, unknown>;

const first = ([node]: readonly DirectiveNode[]): string => node?.args[0] ?? '';
const texts = (nodes: readonly DirectiveNode[]): string[] => nodes.flatMap(({ args }) => args);
const firsts = (nodes: readonly DirectiveNode[]): string[] => nodes.map(({ args }) => args[0] ?? '');
const span = (text: string): string => formatDuration(parseNginxTime(text) ?? 0);
/** `name=value` among parameters. */
const parameter = (args: readonly string[], name: string): string | undefined =>
  args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);

const pairs = (nodes: readonly DirectiveNode[]): object[] =>
  nodes.map(({ args: [name = '', value = ''] }) => ({ name, value }));

const headers = (nodes: readonly DirectiveNode[]): object[] =>
  nodes
    .filter(({ args }) => args.length > 0)
    .map(({ args: [name = '', value = '', always] }) => ({
      name,
      value,
      ...(always === undefined ? {} : { always: true }),
    }));

/** `off`, or replacements. */
function replacements(nodes: readonly DirectiveNode[]): 'off' | unknown[] {
  const isOff = nodes.length === 1 && nodes[0]?.args.length === 1 && /^(off|false)$/.test(first(nodes));
  if (isOff) return 'off';
  return nodes.map(({ args: [from = '', to] }) => (to === undefined ? 'default' : { ...pattern('from', from), to }));
}

/** `~expression` and `~*expression` are regular expressions. */
function pattern(key: string, text: string): Record<string, string> {
  if (text.startsWith('~*')) return { [key]: text.slice(2), regex: '~*' };
  return text.startsWith('~') ? { [key]: text.slice(1), regex: '~' } : { [key]: text };
}

const access: Translate = (_nodes, block) => ({
  access: block
    .filter(({ name }) => name === 'allow' || name === 'deny')
    .map(({ name, args: [address = ''] }) => ({ [name]: address })),
});

export const specialSettings: Readonly<Record<string, Translate>> = {
  allow: access,
  deny: access,
  // Structure of a location, and not among what is inherited.
  http2: (nodes) => ({ http2: first(nodes).toLowerCase() === 'on' }),
  index: (nodes) => ({ index: texts(nodes) }),
  types: (nodes) => ({ types: translateTypes(nodes) }),
  error_page: (nodes) => ({ errorPages: nodes.map(errorPage) }),
  server_tokens: (nodes) => {
    const said = first(nodes).toLowerCase();
    return { serverTokens: said === 'build' ? 'build' : said === 'on' };
  },
  keepalive_timeout: ([node]) => {
    const [timeout = '75s', header] = node?.args ?? [];
    return {
      keepaliveTimeout: span(timeout),
      ...(header === undefined ? {} : { keepaliveTimeoutHeader: span(header) }),
    };
  },
  keepalive_min_timeout: (nodes) => ({ keepaliveMinTimeout: span(first(nodes)) }),
  resolver: (nodes) => ({ resolver: texts(nodes) }),
  add_header: (nodes) => ({ addHeaders: headers(nodes) }),
  add_trailer: (nodes) => ({ addTrailers: headers(nodes) }),
  expires: (nodes) => ({ expires: texts(nodes).join(' ') }),
  limit_req: (nodes) => ({ limitRequests: nodes.map(limitRequest) }),
  limit_conn: (nodes) => ({
    limitConnections: nodes.map(({ args: [zone = '', number] }) => ({ zone, number: Number(number) })),
  }),
  limit_req_status: (nodes) => ({ limitRequestStatus: Number(first(nodes)) }),
  limit_req_log_level: (nodes) => ({ limitRequestLogLevel: first(nodes).toLowerCase() }),
  limit_req_dry_run: (nodes) => ({ limitRequestDryRun: first(nodes).toLowerCase() === 'on' }),
  limit_conn_status: (nodes) => ({ limitConnectionStatus: Number(first(nodes)) }),
  limit_conn_log_level: (nodes) => ({ limitConnectionLogLevel: first(nodes).toLowerCase() }),
  limit_conn_dry_run: (nodes) => ({ limitConnectionDryRun: first(nodes).toLowerCase() === 'on' }),
  set_real_ip_from: (nodes) => ({ realIpFrom: firsts(nodes) }),
  // One `off` silences the others of its level (ngx_http_log_set_log, ngx_http_log_handler).
  access_log: (nodes) => ({
    accessLogs: nodes.some((node) => first([node]) === 'off') ? [] : nodes.flatMap(accessLog),
  }),
  error_log: (nodes) => ({ errorLogs: nodes.map(errorLog) }),
  stub_status: () => ({ stubStatus: true }),
  proxy_set_header: (nodes) => ({ proxySetHeaders: pairs(nodes) }),
  proxy_redirect: (nodes) => ({ proxyRedirect: replacements(nodes) }),
  proxy_cookie_domain: (nodes) => ({ proxyCookieDomain: replacements(nodes) }),
  proxy_cookie_path: (nodes) => ({ proxyCookiePath: replacements(nodes) }),
  proxy_cookie_flags: (nodes) => {
    const isOff = nodes.length === 1 && nodes[0]?.args.length === 1 && first(nodes) === 'off';
    const each = ({ args: [cookie = '', ...flags] }: DirectiveNode): object => ({
      ...pattern('cookie', cookie),
      flags,
    });
    return { proxyCookieFlags: isOff ? 'off' : nodes.map(each) };
  },
  proxy_hide_header: (nodes) => ({ proxyHideHeaders: firsts(nodes) }),
  proxy_pass_header: (nodes) => ({ proxyPassHeaders: firsts(nodes) }),
  proxy_bind: (nodes) => ({ proxyBind: texts(nodes).join(' ') }),
  ssl_certificate: (nodes) => ({ sslCertificates: firsts(nodes) }),
  ssl_certificate_key: (nodes) => ({ sslCertificateKeys: firsts(nodes) }),
  ssl_session_cache: (nodes) => ({ sslSessionCache: texts(nodes).join(' ') }),
  ssl_session_ticket_key: (nodes) => ({ sslSessionTicketKeys: firsts(nodes) }),
};

/** Later entries of an ending take its place. */
function translateTypes(nodes: readonly DirectiveNode[]): Record<string, string[]> {
  const types: Record<string, string[]> = {};
  for (const { block = [] } of nodes) {
    for (const { name, args } of block) types[name] = [...(types[name] ?? []), ...args];
  }
  return types;
}

function errorPage({ args }: DirectiveNode): object {
  const codes = args.slice(0, -1);
  const to = args.at(-1) ?? '';
  const last = codes.at(-1);
  const answer = last?.startsWith('=') === true ? last : undefined;
  if (answer !== undefined) codes.pop();
  return {
    codes: codes.map(Number),
    to,
    ...(answer === undefined ? {} : { answer: answer === '=' ? 'of-target' : Number(answer.slice(1)) }),
  };
}

function limitRequest({ args }: DirectiveNode): object {
  const burst = parameter(args, 'burst');
  const delay = parameter(args, 'delay');
  return {
    zone: parameter(args, 'zone') ?? '',
    ...(burst === undefined ? {} : { burst: Number(burst) }),
    ...(args.includes('nodelay') ? { delay: 'none' } : delay === undefined ? {} : { delay: Number(delay) }),
  };
}

function accessLog({ args: [file = '', format, ...parameters] }: DirectiveNode): object[] {
  if (file === 'off') return [];
  const condition = parameter(parameters, 'if');
  const buffer = parameter(parameters, 'buffer');
  const flush = parameter(parameters, 'flush');
  return [
    {
      file,
      ...(format === undefined ? {} : { format }),
      ...(condition === undefined ? {} : { if: condition }),
      ...(buffer === undefined ? {} : { buffer: parseNginxSize(buffer) ?? 0 }),
      ...(flush === undefined ? {} : { flush: span(flush) }),
    },
  ];
}

export function errorLog({ args: [file = '', ...levels] }: DirectiveNode): { file: string; level?: string } {
  const level = levels.some((one) => one.startsWith('debug')) ? 'debug' : levels[0];
  return level === undefined || level === 'stderr' ? { file } : { file, level };
}
