// Whole decisions: every permit has a denial beside it that differs in one thing.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { RouteConfig, ServerConfig, TlsConfig, VerifyMode } from '../../../../src/config/schema.ts';
import type { ErrorCode } from '../../../../src/errors.ts';
import { type InspectedHead, inspectRequestHead } from '../../../../src/gateway/accept/inspect.ts';
import type { Authentication } from '../../../../src/gateway/authenticate/authentication.ts';
import { authorize, type Question } from '../../../../src/gateway/authorize/authorize.ts';
import type { Decision, Permit } from '../../../../src/gateway/authorize/decision.ts';
import { compilePolicy, type Policy } from '../../../../src/gateway/authorize/policy.ts';
import { absent, makeRoute, makeServer, readCertificate, rejected, verified } from '../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const certificateOf = (name: string, subject: string) =>
  readCertificate(makeCertificate(directory, { ca, name, subject }).certificate);
const clientA = certificateOf('a', '/O=Company A/CN=client-1');
const clientB = certificateOf('b', '/O=Company B/CN=client-1');
const expired = rejected('CERT_HAS_EXPIRED', clientA);

const listener = '127.0.0.1:8443';

function route(path: string, facts: Partial<RouteConfig> = {}): RouteConfig {
  return makeRoute({ name: path, match: { kind: 'prefix', path }, ...facts });
}

/** @param verify undefined: plain HTTP */
function server(name: string, verify: VerifyMode | undefined, ...routes: readonly RouteConfig[]): ServerConfig {
  const clients = {
    verify: verify ?? 'none',
    ca: [],
    crl: [],
    onCrlExpired: 'refuse',
    requireClientAuthEku: false,
    refuse: 'http',
  } as const;
  const tls: TlsConfig = { certificate: '', key: '', minVersion: 'TLSv1.2', resumption: true, clients };
  return { ...makeServer(route('/'), { name, names: [name], ...(verify === undefined ? {} : { tls }) }), routes };
}

function inspected(host: string, target = '/'): InspectedHead {
  const head = inspectRequestHead({ method: 'GET', target, httpVersion: '1.1', rawHeaders: ['Host', host] });
  assert.ok(head.kind === 'ok');
  return head;
}

interface Asked {
  readonly host?: string;
  readonly target?: string;
  readonly authentication?: Authentication;
  /** Name of the server of the handshake; default: the host's; null: a plain connection. */
  readonly handshake?: string | null;
  readonly serverName?: string;
}

function ask(servers: readonly ServerConfig[] | Policy, asked: Asked = {}): Decision {
  const { host = 'a.example', target, authentication = absent, handshake = host, serverName } = asked;
  const policy = 'listeners' in servers ? servers : compilePolicy({ servers });
  const tls = handshake === null ? undefined : { server: handshake, serverName };
  return authorize(policy, { listener, tls, authentication, request: inspected(host, target) });
}

function permitted(decision: Decision): Permit {
  assert.equal(decision.kind, 'permit', decision.kind === 'denial' ? decision.reason : '');
  return decision as Permit;
}

function denied(decision: Decision, code: ErrorCode, reason: RegExp = /./): void {
  assert.equal(decision.kind === 'denial' ? decision.code : 'permit', code);
  if (decision.kind === 'denial') assert.match(decision.reason, reason);
}

test('a permit says what was decided, and the target as it came', () => {
  const servers = [server('a.example', 'required', route('/'))];
  const authentication = verified(clientA);
  const permit = permitted(ask(servers, { host: 'a.example', target: '/x/../y%20z?q', authentication }));
  assert.equal(permit.server, servers[0]);
  assert.equal(permit.route, servers[0]?.routes[0]);
  assert.equal(permit.authentication, authentication);
  assert.equal(permit.target, '/x/../y%20z?q');
  assert.equal(permit.path, '/x/../y%20z');
  assert.equal(permit.rule, undefined);
});

test('host and authority are told apart', () => {
  const servers = [server('a.example', 'none', route('/'))];
  const permit = permitted(ask(servers, { host: 'A.Example.:8443', handshake: 'a.example' }));
  assert.equal(permit.host, 'a.example');
  assert.equal(permit.authority, 'A.Example.:8443');
});

test('a request on a listener that is gone is refused', () => {
  const question: Question = {
    listener: '127.0.0.1:1',
    tls: undefined,
    authentication: absent,
    request: inspected('a'),
  };
  denied(authorize(compilePolicy({ servers: [server('a', undefined, route('/'))] }), question), 'misdirected-request');
});

// Certificates: what the server asks for, what the client has, what comes of it.
const outcomes: readonly (readonly [VerifyMode, string, Authentication, 'permit' | ErrorCode])[] = [
  ['required', 'a good certificate', verified(clientA), 'permit'],
  ['required', 'no certificate', absent, 'client-certificate-missing'],
  ['required', 'a bad certificate', expired, 'client-certificate-invalid'],
  ['optional', 'a good certificate', verified(clientA), 'permit'],
  ['optional', 'no certificate', absent, 'permit'],
  ['optional', 'a bad certificate', expired, 'client-certificate-invalid'],
  ['none', 'no certificate', absent, 'permit'],
  ['none', 'a bad certificate', expired, 'permit'],
];

for (const [mode, what, authentication, expected] of outcomes) {
  test(`${mode} and ${what}: ${expected}`, () => {
    const onServer = ask([server('a.example', mode, route('/'))], { authentication });
    assert.equal(onServer.kind === 'denial' ? onServer.code : 'permit', expected);
    // A server that merely accepts certificates leaves it to the route what to ask for.
    const onRoute = ask([server('a.example', 'optional', route('/', { clients: mode }))], { authentication });
    assert.equal(onRoute.kind === 'denial' ? onRoute.code : 'permit', expected);
  });
}

test('where nobody is asked for a certificate, none counts', () => {
  for (const authentication of [expired, verified(clientA)]) {
    const servers = [server('a.example', 'optional', route('/', { clients: 'none' }))];
    assert.equal(permitted(ask(servers, { authentication })).authentication.kind, 'absent');
  }
});

test('a route cannot let in whom its server must refuse', () => {
  const servers = [server('a.example', 'required', route('/', { clients: 'none' }))];
  denied(ask(servers), 'client-certificate-missing');
  denied(ask(servers, { authentication: expired }), 'client-certificate-invalid');
});

test('a refusal of a certificate tells the log which it was, and why', () => {
  const decision = ask([server('a.example', 'required', route('/'))], { authentication: expired });
  denied(decision, 'client-certificate-invalid', /^certificate has expired: subject CN=client-1,O=Company A, issuer /);
  denied(
    decision,
    'client-certificate-invalid',
    new RegExp(`serial ${clientA.serialNumber}, sha256 ${clientA.sha256}$`),
  );
  assert.equal(decision.authentication, expired);
  denied(
    ask([server('a.example', 'required', route('/'))], { authentication: rejected('CERT_REVOKED') }),
    'client-certificate-invalid',
    /revoked$/,
  );
});

// Routes.
test('a path without a route is not found', () => {
  const servers = [server('a.example', 'none', route('/a'))];
  permitted(ask(servers, { target: '/a' }));
  const decision = ask(servers, { target: '/b' });
  denied(decision, 'route-not-found', /"a\.example".*"\/b"/);
  assert.ok(decision.kind === 'denial' && decision.server === servers[0] && decision.route === undefined);
});

test('an ambiguous path is refused, a harmless one is not', () => {
  const servers = [server('a.example', 'none', route('/'), route('/admin', { clients: 'required' }))];
  denied(ask(servers, { target: '/./admin' }), 'target-ambiguous', /"\/admin"/);
  denied(ask(servers, { target: '/ADMIN' }), 'target-ambiguous', /letter case/);
  denied(ask(servers, { target: '/admin#' }), 'target-ambiguous');
  permitted(ask(servers, { target: '/./x' }));
  permitted(ask(servers, { target: '/x?/../admin' }));
});

test('strangers do not learn which routes there are', () => {
  for (const target of ['/a', '/b', '/%00', '/./a']) {
    denied(ask([server('a.example', 'required', route('/a'))], { target }), 'client-certificate-missing');
    const authentication = expired;
    denied(
      ask([server('a.example', 'required', route('/a'))], { target, authentication }),
      'client-certificate-invalid',
    );
    denied(
      ask([server('a.example', 'optional', route('/a'))], { target, authentication }),
      'client-certificate-invalid',
    );
  }
  denied(
    ask([server('a.example', 'required', route('/a'))], { target: '/b', authentication: verified(clientA) }),
    'route-not-found',
  );
  denied(ask([server('a.example', 'optional', route('/a'))], { target: '/b' }), 'route-not-found');
});

test('routes of one server ask for different things', () => {
  const health = makeRoute({ name: '= /health', match: { kind: 'exact', path: '/health' } });
  const servers = [server('a.example', 'optional', route('/', { clients: 'required' }), health)];
  permitted(ask(servers, { target: '/health' }));
  denied(ask(servers, { target: '/health/' }), 'client-certificate-missing');
  denied(ask(servers, { target: '/' }), 'client-certificate-missing');
  denied(ask(servers, { target: '/x/../health' }), 'target-ambiguous');
  permitted(ask(servers, { target: '/', authentication: verified(clientA) }));
});

// Rules.
test('whom a rule names is let in, whom none names is not', () => {
  const allow = [{ organization: ['Company X'] }, { organization: ['Company A'], commonName: ['client-*'] }];
  const servers = [server('a.example', 'required', route('/', { allow }))];
  const permit = permitted(ask(servers, { authentication: verified(clientA) }));
  assert.equal(permit.rule, 'organization "Company A", commonName "client-*"');
  const decision = ask(servers, { authentication: verified(clientB) });
  denied(decision, 'not-allowed', /^no rule of route "\/" allows subject CN=client-1,O=Company B, issuer /);
  denied(decision, 'not-allowed', new RegExp(`serial ${clientB.serialNumber}, sha256 ${clientB.sha256}$`));
  assert.ok(decision.kind === 'denial' && decision.route === servers[0]?.routes[0]);
});

test('an empty list of rules lets nobody in', () => {
  const servers = [server('a.example', 'required', route('/', { allow: [] }))];
  denied(ask(servers, { authentication: verified(clientA) }), 'not-allowed');
});

test('rules are for the verified alone', () => {
  const allow = [{ organization: ['*'] }];
  const optional = [server('a.example', 'optional', route('/', { allow }))];
  permitted(ask(optional, { authentication: verified(clientA) }));
  denied(ask(optional), 'not-allowed', /without a certificate/);
  denied(ask(optional, { authentication: expired }), 'client-certificate-invalid');
  const none = [server('a.example', 'optional', route('/', { allow, clients: 'none' }))];
  denied(ask(none, { authentication: verified(clientA) }), 'not-allowed');
  denied(ask([server('a.example', undefined, route('/', { allow }))], { handshake: null }), 'not-allowed');
});

test('a rule of `deny` wins over every rule of `allow`', () => {
  const allow = [{ organization: ['Company A', 'Company B'] }];
  const deny = [{ commonName: ['client-2'] }, { organization: ['Company B'], commonName: ['client-*'] }];
  const servers = [server('a.example', 'required', route('/', { allow, deny }))];
  permitted(ask(servers, { authentication: verified(clientA) }));
  const decision = ask(servers, { authentication: verified(clientB) });
  denied(
    decision,
    'not-allowed',
    /^rule organization "Company B", commonName "client-\*" in `deny` of route "\/" refuses subject CN=client-1,O=Company B, /,
  );
  denied(decision, 'not-allowed', new RegExp(`serial ${clientB.serialNumber}, sha256 ${clientB.sha256}$`));
  assert.ok(decision.kind === 'denial' && decision.route === servers[0]?.routes[0]);
  assert.equal(decision.rule, 'organization "Company B", commonName "client-*"');
});

test('without `allow`, `deny` takes those out whom the server admits', () => {
  const deny = [{ organization: ['Company B'] }];
  const servers = [server('a.example', 'optional', route('/', { deny }), route('/open/'))];
  permitted(ask(servers, { authentication: verified(clientA) }));
  permitted(ask(servers));
  permitted(ask(servers, { target: '/open/', authentication: verified(clientB) }));
  denied(ask(servers, { authentication: verified(clientB) }), 'not-allowed', /`deny` of route "\/"/);
  denied(ask(servers, { authentication: expired }), 'client-certificate-invalid');
});

test('an empty list in `deny` refuses nobody', () => {
  const servers = [{ ...server('a.example', 'required', route('/', { deny: [] })), deny: [] }];
  permitted(ask(servers, { authentication: verified(clientA) }));
});

test('`deny` of a server holds on each of its routes, before anybody learns which there are', () => {
  const deny = [{ organization: ['Company B'] }];
  const allow = [{ organization: ['*'] }];
  const routes = [route('/', { allow }), route('/open/', { clients: 'none' })];
  const servers = [
    { ...server('a.example', 'optional', ...routes), deny },
    server('b.example', 'required', route('/')),
  ];
  for (const target of ['/', '/open/', '/%00', '/x/../open/']) {
    const decision = ask(servers, { target, authentication: verified(clientB) });
    denied(decision, 'not-allowed', /^rule organization "Company B" in `deny` of server "a\.example" refuses subject /);
  }
  permitted(ask(servers, { authentication: verified(clientA) }));
  permitted(ask(servers, { target: '/open/' }));
  permitted(ask(servers, { host: 'b.example', authentication: verified(clientB) }));
});

test('who asks no client for a certificate does not hold one against it', () => {
  const deny = [{ organization: ['Company B'] }];
  const none = [server('a.example', 'optional', route('/', { deny, clients: 'none' }))];
  permitted(ask(none, { authentication: verified(clientB) }));
});

// Host and handshake.
const pair = (a: VerifyMode, b: VerifyMode) => [server('a.example', a, route('/')), server('b.example', b, route('/'))];

for (const [first, second, expected] of [
  ['required', 'required', 'misdirected-request'],
  ['optional', 'required', 'misdirected-request'],
  ['none', 'required', 'misdirected-request'],
  ['required', 'none', 'misdirected-request'],
  ['none', 'optional', 'misdirected-request'],
  ['optional', 'none', 'misdirected-request'],
  ['none', 'none', 'permit'],
] as const) {
  test(`a handshake for a server with ${first} and a host of one with ${second}: ${expected}`, () => {
    const asked = { authentication: verified(clientA), host: 'b.example' };
    const crossed = ask(pair(first, second), { ...asked, handshake: 'a.example', serverName: 'a.example' });
    assert.equal(crossed.kind === 'denial' ? crossed.code : crossed.kind, expected);
    permitted(ask(pair(first, second), { ...asked, handshake: 'b.example', serverName: 'b.example' }));
  });
}

test('a misdirected request is told with both names', () => {
  const asked = { host: 'b.example', handshake: 'a.example' };
  denied(ask(pair('none', 'required'), asked), 'misdirected-request', /"b\.example".*\(no SNI\).*"a\.example"/);
  denied(ask(pair('none', 'required'), { ...asked, serverName: 'x.test' }), 'misdirected-request', /SNI "x\.test"/);
});

test('several names of one server share its connections', () => {
  const servers = [{ ...server('a.example', 'required', route('/')), names: ['a.example', 'c.example'] }];
  permitted(
    ask(servers, {
      host: 'c.example',
      handshake: 'a.example',
      serverName: 'a.example',
      authentication: verified(clientA),
    }),
  );
});

test('a host that nobody knows belongs to the default server, with its demands', () => {
  const servers = pair('required', 'none');
  denied(ask(servers, { host: 'x.test', handshake: 'b.example' }), 'misdirected-request');
  denied(ask(servers, { host: 'x.test', handshake: 'a.example' }), 'client-certificate-missing');
  permitted(ask(servers, { host: 'x.test', handshake: 'a.example', authentication: verified(clientA) }));
});

test('a handshake for a server that is gone since counts for nothing', () => {
  denied(ask(pair('none', 'none'), { host: 'b.example', handshake: 'gone.example' }), 'misdirected-request');
});

test('plain HTTP reaches plain servers alone', () => {
  const plain = server('a.example', undefined, route('/'));
  permitted(ask([plain], { handshake: null }));
  for (const mode of ['required', 'optional', 'none'] as const) {
    denied(ask([server('a.example', mode, route('/'))], { handshake: null }), 'plain-http-on-tls-port');
  }
});

test('never throws; nobody unverified passes a required server, no rule lets in whom it does not name', () => {
  const allow = [{ organization: ['Company A'] }];
  const servers = [
    server('a.example', 'required', route('/'), route('/admin', { allow }), route('/x', { deny: allow })),
    server('b.example', 'optional', route('/x', { clients: 'required', allow }), route('/')),
    server('c.example', 'none', route('/')),
    { ...server('plain', undefined, route('/')), names: ['d.example'] },
  ];
  const policy = compilePolicy({ servers });
  const name = fc.constantFrom('a.example', 'b.example', 'c.example', 'd.example', 'x.test', '');
  const piece = fc.constantFrom('/', '/', 'admin', 'ADMIN', 'x', '..', '%2e', '%2f', ';', '\\', '%00', '#', '%', '//');
  const question = fc.record({
    listener: fc.constantFrom(listener, listener, listener, 'other'),
    tls: fc.option(fc.record({ server: name, serverName: fc.option(name, { nil: undefined }) }), { nil: undefined }),
    authentication: fc.constantFrom(absent, expired, rejected('UNSPECIFIED'), verified(clientA), verified(clientB)),
    request: fc.record({
      kind: fc.constant('ok' as const),
      host: fc.oneof({ weight: 6, arbitrary: name }, fc.string()),
      authority: fc.string(),
      target: fc.string(),
      path: fc.oneof(
        fc.string(),
        fc.array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`),
      ),
      query: fc.string(),
    }),
  });
  let permits = 0;
  fc.assert(
    fc.property(question, (asked) => {
      const decision = authorize(policy, asked);
      if (decision.kind === 'denial') {
        assert.match(decision.reason, /^[^\n]+$/);
        return;
      }
      permits += 1;
      assert.equal(decision.target, asked.request.target);
      if (decision.server.name === 'a.example') assert.equal(asked.authentication.kind, 'verified');
      if (decision.route.allow !== undefined) {
        assert.ok(decision.authentication.kind === 'verified');
        assert.equal(decision.authentication.identity.certificate, clientA);
      }
      if (decision.route.deny !== undefined) {
        assert.ok(decision.authentication.kind === 'verified');
        assert.equal(decision.authentication.identity.certificate, clientB);
      }
      if (decision.server.tls !== undefined && decision.server.name !== 'c.example') {
        assert.equal(asked.tls?.server, decision.server.name);
      }
    }),
    { seed: 12, numRuns: 5000 },
  );
  assert.ok(permits > 100, `${permits} permits`);
});

test('a permit on a plain path among ten thousand routes takes microseconds', () => {
  const routes = Array.from({ length: 10_000 }, (_, i) => route(`/service-${i}/`));
  const policy = compilePolicy({ servers: [server('a.example', 'required', ...routes)] });
  const asked = { target: '/service-9999/x', authentication: verified(clientA) };
  permitted(ask(policy, asked));
  const start = performance.now();
  for (let i = 0; i < 5000; i += 1) ask(policy, asked);
  assert.ok(performance.now() - start < 1000, 'less than 200 microseconds each, also on a busy machine');
});
