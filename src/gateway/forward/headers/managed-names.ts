// Header names that say who a client is or where it comes from, of every convention in the field. A client may
// never send one to an upstream, whatever the convention of the route: backends and frameworks believe names that
// the operator never thought of. A closed table: to manage one more name, add it here.

/** One convention and its names, in the canonical form of `canonicalName`. */
export interface ManagedConvention {
  readonly convention: string;
  readonly names?: readonly string[];
  /** Every name that begins so. */
  readonly prefixes?: readonly string[];
}

/** Who the client is. Removed from requests, and from responses, which may not carry them either. */
export const identityNames: readonly ManagedConvention[] = [
  {
    convention: 'nginx, HAProxy and F5 configurations: X-SSL-Client-S-DN, X-SSL-CERT, X-SSL-Issuer, X-Client-DN, …',
    names: ['x-ssl', 'x-client-s-dn', 'x-client-i-dn', 'x-client-dn', 'x-client-cn', 'x-client-verify'],
    prefixes: ['x-ssl-', 'x-tls-client-', 'x-mtls-'],
  },
  {
    convention: 'Kong, Google Cloud examples: X-Client-Cert-DN, X-Client-Cert-Hash, X-Client-Certificate, …',
    names: ['x-client-subject', 'x-client-issuer', 'x-client-serial', 'x-client-fingerprint', 'x-client-san'],
    prefixes: ['x-client-cert'],
  },
  { convention: 'ingress-nginx (ssl-client-cert, …), Apache and HAProxy (SSL_CLIENT_*)', prefixes: ['ssl-client'] },
  { convention: 'Apache behind Keycloak: CERT_CHAIN_0, …', prefixes: ['cert-chain'] },
  {
    convention: 'Tomcat SSLValve: SSL_CIPHER, …, beside SSL_CLIENT_CERT',
    names: ['ssl-cipher', 'ssl-cipher-usekeysize', 'ssl-session-id'],
  },
  { convention: 'Envoy, Istio: X-Forwarded-Client-Cert', prefixes: ['x-forwarded-client-'] },
  { convention: 'RFC 9440: Client-Cert, Client-Cert-Chain', prefixes: ['client-cert'] },
  { convention: 'Traefik: X-Forwarded-Tls-Client-Cert, -Cert-Info', prefixes: ['x-forwarded-tls-'] },
  { convention: 'OpenShift router: X-Forwarded-Ssl-Client-Cert, …', prefixes: ['x-forwarded-ssl-'] },
  { convention: 'AWS Application Load Balancer: X-Amzn-Mtls-Clientcert-Subject, …', prefixes: ['x-amzn-mtls-'] },
  { convention: 'Amazon CloudFront: CloudFront-Viewer-Cert-Subject, …', prefixes: ['cloudfront-viewer-cert-'] },
  {
    convention: 'Cloudflare: Cf-Client-Cert-Sha256, Cf-Cert-Subject-Dn, …',
    prefixes: ['cf-client-cert-', 'cf-cert-'],
  },
  { convention: 'Azure App Service: X-ARR-ClientCert', names: ['x-arr-clientcert'] },
  { convention: 'Akamai: Client-To-Edge', names: ['client-to-edge'] },
  { convention: 'Oracle WebLogic: WL-Proxy-Client-Cert', prefixes: ['wl-proxy-client-'] },
  { convention: 'linkerd: L5d-Client-Id', names: ['l5d-client-id'] },
  { convention: 'this gateway: X-Mutual-Identity', prefixes: ['x-mutual-'] },
];

/** Where the client comes from and what it asked for. The gateway sets these, or they are absent. */
export const forwardingNames: readonly ManagedConvention[] = [
  { convention: 'X-Real-IP', names: ['x-real-ip'] },
  { convention: 'X-Forwarded-For, -Proto, -Host, -Port, -Prefix, -Ssl, …', prefixes: ['x-forwarded-'] },
  { convention: 'RFC 7239: Forwarded', names: ['forwarded'] },
  { convention: 'X-Request-Id', names: ['x-request-id'] },
  {
    // A backend that honours one of these serves another resource than the one that was authorized.
    convention: 'target overrides of IIS, Symfony and ingress-nginx: X-Original-URL, X-Rewrite-URL, X-Original-URI',
    names: ['x-original-url', 'x-rewrite-url', 'x-original-uri'],
  },
  // CGI turns it into HTTP_PROXY, which programs take for the address of their proxy (CVE-2016-5385).
  { convention: 'Proxy', names: ['proxy'] },
];

/**
 * The form in which names are compared: lower case, and `_` and `.` as `-`, because CGI, WSGI and PHP fold all
 * three into one variable (`X_SSL_Client.S-DN` would arrive as ours).
 */
export function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.includes('_') || lower.includes('.') ? lower.replaceAll(/[_.]/g, '-') : lower;
}

const none: readonly string[] = [];
const identity = matcherOf(identityNames);
const forwarding = matcherOf(forwardingNames);

/** Does this name, in any spelling, say who a client is? */
export function isIdentityName(name: string): boolean {
  return identity(canonicalName(name));
}

/** Does this name, in any spelling, belong to the gateway: an identity or a forwarding header? */
export function isManagedName(name: string): boolean {
  const canonical = canonicalName(name);
  return identity(canonical) || forwarding(canonical);
}

/** Asked for every header, so prefixes are looked up by their first letter. */
function matcherOf(table: readonly ManagedConvention[]): (canonical: string) => boolean {
  const names = new Set(table.flatMap((entry) => entry.names ?? []));
  const prefixes = Map.groupBy(
    table.flatMap((entry) => entry.prefixes ?? []),
    (prefix) => prefix.charCodeAt(0),
  );
  return (canonical) => {
    if (names.has(canonical)) return true;
    for (const prefix of prefixes.get(canonical.charCodeAt(0)) ?? none) {
      if (canonical.startsWith(prefix)) return true;
    }
    return false;
  };
}
