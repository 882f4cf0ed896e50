// What no log may hold, even where an operator's format asks for it: credentials that come with a request or are
// given out with a response. Names and texts in, verdicts and clean texts out.

import type { RedactConfig } from '../../config/schema.ts';

const secretHeaders: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'apikey',
  'x-auth-token',
  'x-access-token',
  'x-amz-security-token',
  'x-csrf-token',
  'x-xsrf-token',
  'x-goog-api-key',
  'x-goog-iap-jwt-assertion',
  'x-vault-token',
  'x-gitlab-token',
  'private-token',
  'job-token',
  'x-functions-key',
  'ocp-apim-subscription-key',
  'dpop',
];

/** Arguments of URLs that grant something to whoever reads them: OAuth 2 (RFC 6749, RFC 6750), signed URLs, common sense. */
const secretArguments: readonly string[] = [
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'token',
  'auth_token',
  'authorization',
  'jwt',
  'assertion',
  'client_assertion',
  'client_secret',
  'secret',
  'code',
  'code_verifier',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'api_key',
  'api-key',
  'apikey',
  'sessionid',
  'session_id',
  'jsessionid',
  'phpsessid',
  'samlresponse',
  'sig',
  'signature',
  'x-amz-signature',
  'x-amz-security-token',
  'x-goog-signature',
];

/** Stands in a log for what was there. */
export const redacted = '[redacted]';

/** What may be said in a log. */
export interface Redaction {
  /** Whether a header holds a credential. @param name in any case, with `-` or `_` */
  isSecretHeader(name: string): boolean;
  /** Whether a variable holds such a header, one cookie, or such an argument. @param name lower case, without `$` */
  isSecretVariable(name: string): boolean;
  /** A target, a URL or a header value, without the values of secret arguments and without passwords of URLs. */
  clean(text: string): string;
}

/** Absent configuration: what is known to be secret, and nothing else. */
export function createRedaction({
  headers = [],
  query = [],
  unsafeShowCredentials = false,
}: Partial<RedactConfig> = {}): Redaction {
  if (unsafeShowCredentials)
    return { isSecretHeader: () => false, isSecretVariable: () => false, clean: (text) => text };
  const headerNames = new Set([...secretHeaders, ...headers].map(canonicalHeader));
  const argumentNames = new Set([...secretArguments, ...query].map((name) => name.toLowerCase()));
  const isSecretHeader = (name: string): boolean => headerNames.has(canonicalHeader(name));
  const isSecretArgument = (written: string): boolean => namesOf(written).some((name) => argumentNames.has(name));
  /** `next=%2Flogin%3Ftoken%3D…`: a URL in an argument of another. */
  const holdsSecret = (value: string): boolean =>
    /%(?:25)*3d/i.test(value) &&
    [...decoded(value).matchAll(argument)].some(([, , name]) => isSecretArgument(name ?? ''));
  /** Names of arguments come again and again; remembered are those that are not secret. */
  const harmless = new Set<string>();
  const isHarmless = (name: string): boolean => {
    if (harmless.has(name)) return true;
    if (isSecretArgument(name)) return false;
    if (name.length <= longestRemembered && harmless.size < mostRemembered) harmless.add(name);
    return true;
  };
  /** Whether this is a path with arguments, or one value, in which nothing has to be looked for more closely. */
  const isPlain = (text: string): boolean => {
    if (!plainTarget.test(text)) return false;
    for (let equals = text.indexOf('='); equals !== -1; equals = text.indexOf('=', equals + 1)) {
      const start = Math.max(
        text.lastIndexOf('?', equals),
        text.lastIndexOf('&', equals),
        text.lastIndexOf(' ', equals),
      );
      if (!isHarmless(text.slice(start + 1, equals))) return false;
    }
    return true;
  };
  return {
    isSecretHeader,
    isSecretVariable(name) {
      if (name.startsWith('cookie_')) return true;
      if (name.startsWith('arg_')) return isSecretArgument(name.slice(4));
      const header = /^(?:upstream_http_|sent_http_|http_)(.+)$/.exec(name)?.[1];
      return header !== undefined && isSecretHeader(header);
    },
    clean(text) {
      let shown = text;
      if (shown.includes('=') && !isPlain(shown)) {
        shown = shown.replaceAll(argument, (whole, before: string, name: string, value: string) =>
          isSecretArgument(name) || holdsSecret(value) ? `${before}${name}=${redacted}` : whole,
        );
      }
      // RFC 9110 section 4.2.4: a user and password in a URL.
      return shown.includes('@') ? shown.replaceAll(/(\/\/)[^/?#@\s"]+@/g, `$1${redacted}@`) : shown;
    },
  };
}

const longestRemembered = 64;
const mostRemembered = 1000;

/** `GET /path?name=value&… HTTP/1.1`, or a part of it: no escapes, one `?`, one `=` to an argument. */
const plainTarget =
  /^(?:[A-Z]+ )?[\w./~!$'()*+:@-]*(?:\?[\w./~!$'()*+:@-]*(?:=[\w./~!$'()*+:@-]*)?(?:&[\w./~!$'()*+:@-]*(?:=[\w./~!$'()*+:@-]*)?)*)?(?: HTTP\/[0-9.]+)?$/;

/** At the beginning, or behind what divides arguments, paths from arguments and fields from one another. */
const argument = /(^|[?&;#,\s"])([^=?&;#,\s"]+)=([^&;#\s"]*)/g;

/** `user%5Bpassword%5D` and `user[password]` are `user` and `password` to whoever reads arguments. */
function namesOf(written: string): string[] {
  const name = decoded(written).toLowerCase();
  return name.includes('[') || name.includes('.') ? [name, ...name.split(/[[\].]+/)] : [name];
}

/** Percent-encoded as often as somebody may take it apart again; what cannot be decoded stays. */
function decoded(text: string): string {
  let name = text;
  for (let i = 0; i < 2 && name.includes('%'); i += 1) {
    name = name.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return name;
}

function canonicalHeader(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

/** pino paths of headers in objects that are logged whole. */
export const redactPaths: readonly string[] = secretHeaders.flatMap((name) => [
  `["${name}"]`,
  `*["${name}"]`,
  `*.headers["${name}"]`,
]);
