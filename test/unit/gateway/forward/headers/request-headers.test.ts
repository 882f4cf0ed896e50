import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Exchange } from '../../../../../src/gateway/forward/exchange.ts';
import {
  createRequestHeaderPlanner,
  type RequestHeaderPlanner,
} from '../../../../../src/gateway/forward/headers/request-headers.ts';
import {
  makeConnection,
  makeExchange,
  makeHead,
  makePermit,
  makeRoute,
  makeServer,
  nginxIdentity,
  overTls,
  type PermitFacts,
  readCertificate,
  rejected,
  upstreams,
  verified,
} from '../../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../support/openssl.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory, 'ca', { subject: '/O=Company A/CN=Root CA' });
const alice = readCertificate(
  makeCertificate(directory, { ca, name: 'alice', subject: '/O=Company A/CN=alice', serial: '0C' }).certificate,
);
const bob = readCertificate(
  makeCertificate(directory, { ca, name: 'bob', subject: '/O=Company A/CN=bob' }).certificate,
);

const planner = (trusted: readonly string[] = []): RequestHeaderPlanner =>
  createRequestHeaderPlanner({ isTrusted: (address) => trusted.includes(address), upstreams, now: () => 0 });

interface Sent {
  readonly headers: readonly string[];
  readonly dropped: number;
  /** Every value under a name, in any case. */
  values(name: string): string[];
  names(): string[];
}

interface Facts extends PermitFacts {
  readonly exchange?: Partial<Exchange>;
  readonly planner?: RequestHeaderPlanner;
  readonly upgrade?: string;
}

/** What the upstream is sent when the client sends `raw`. */
function send(raw: readonly string[], facts: Facts = {}): Sent {
  const permit = makePermit(facts);
  const exchange = makeExchange({ head: makeHead(raw), decision: permit, ...facts.exchange });
  const plan = (facts.planner ?? planner()).plan(exchange, permit, facts.upgrade);
  assert.equal(plan.kind, 'headers');
  const { headers, dropped } = plan as Extract<typeof plan, { kind: 'headers' }>;
  const pairs = headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] as string] as const] : []));
  return {
    headers,
    dropped,
    values: (name) => pairs.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value),
    names: () => pairs.map(([name]) => name),
  };
}

describe('what every upstream is told', () => {
  test('ours, then the client’s in its order, letter case and number', () => {
    const raw = [
      'Host',
      'service1',
      'accept',
      '*/*',
      'X-b',
      '1',
      'x-A',
      '2',
      'X-B',
      '3',
      'Cookie',
      'a=1',
      'Cookie',
      'b=2',
    ];
    assert.deepEqual(send(raw, { authentication: verified(alice) }).headers, [
      ...['Host', 'service1.company-b.example:8443'],
      ...['X-Real-IP', '192.0.2.10'],
      ...['X-Forwarded-For', '192.0.2.10'],
      ...['X-Forwarded-Proto', 'https'],
      ...['X-SSL-Client-Verify', 'SUCCESS'],
      ...['X-SSL-Client-S-DN', 'CN=alice,O=Company A'],
      ...['X-SSL-Client-I-DN', 'CN=Root CA,O=Company A'],
      ...['X-SSL-Client-Serial', '0C'],
      ...['X-SSL-Client-Fingerprint', alice.sha1],
      ...['X-Forwarded-Host', 'service1.company-b.example:8443'],
      ...['X-Request-Id', '0123456789abcdef0123456789abcdef'],
      ...['accept', '*/*', 'X-b', '1', 'x-A', '2', 'X-B', '3', 'Cookie', 'a=1', 'Cookie', 'b=2'],
    ]);
  });

  test('without a certificate the verdict is NONE, and nothing else is said', () => {
    for (const tls of [overTls, undefined]) {
      const sent = send([], { exchange: { connection: makeConnection({ tls }) } });
      assert.deepEqual(sent.values('X-SSL-Client-Verify'), ['NONE']);
      assert.deepEqual(sent.values('X-Forwarded-Proto'), [tls === undefined ? 'http' : 'https']);
      assert.equal(sent.names().filter((name) => name.startsWith('X-SSL-')).length, 1);
    }
  });

  test('of a rejected certificate the verdict alone, in templates too', () => {
    const route = makeRoute({}, { 'X-Client': '$ssl_client_s_dn', 'X-Verify': '$ssl_client_verify' });
    const sent = send([], { route, authentication: rejected('CERT_HAS_EXPIRED', alice) });
    assert.deepEqual(sent.values('X-SSL-Client-Verify'), ['FAILED:certificate has expired']);
    assert.deepEqual(sent.values('X-Verify'), ['FAILED:certificate has expired']);
    assert.deepEqual(sent.values('X-Client'), []);
    assert.deepEqual(sent.values('X-SSL-Client-S-DN'), []);
  });

  test('identity headers of the route go before those of the server; none sends none', () => {
    const route = makeRoute({ identityHeaders: { conventions: [], nginxCertificate: false } });
    const sent = send(['X-SSL-Client-Verify', 'SUCCESS'], { route, authentication: verified(alice) });
    assert.deepEqual(sent.values('X-SSL-Client-Verify'), []);
    const asked = makeServer(makeRoute(), { identityHeaders: { ...nginxIdentity, nginxCertificate: true } });
    assert.equal(send([], { server: asked, authentication: verified(alice) }).values('X-SSL-Client-Cert').length, 1);
  });

  test('HTTP/1.0 without Host: the upstream gets a name of its own', () => {
    const sent = send([], { authority: '', exchange: { head: makeHead([], { httpVersion: '1.0' }) } });
    assert.deepEqual(sent.values('Host'), ['127.0.0.1:3000']);
    assert.deepEqual(sent.values('X-Forwarded-Host'), []);
  });
});

describe('what a client cannot do', () => {
  const spoofed = [
    'X-SSL-Client-S-DN',
    'x-ssl-client-s-dn',
    'X-SSL-CLIENT-S-DN',
    'X_SSL_Client_S_DN',
    'X.SSL.Client.S.DN',
  ];

  test('send our names, in any spelling and number: exactly one arrives, and it is ours', () => {
    const raw = spoofed.flatMap((name) => [name, 'CN=admin', name, 'CN=admin']);
    const sent = send(raw, { authentication: verified(alice) });
    assert.deepEqual(sent.values('X-SSL-Client-S-DN'), ['CN=alice,O=Company A']);
    assert.ok(!sent.headers.includes('CN=admin'));
    assert.equal(sent.dropped, 4);
  });

  test('send an identity of a convention that the route does not use', () => {
    const raw = ['X-Forwarded-Client-Cert', 'By=x', 'Client-Cert', ':AAAA:', 'ssl-client-subject-dn', 'CN=admin'];
    assert.deepEqual(send([...raw, 'X-Mutual-Identity', 'admin', 'X-Ok', '1']).headers.slice(-2), ['X-Ok', '1']);
    assert.ok(!send(raw).headers.some((text) => text.includes('admin') || text === ':AAAA:' || text === 'By=x'));
  });

  test('have ours removed by naming them in Connection', () => {
    const raw = [
      'Connection',
      'close, X-SSL-Client-S-DN',
      'connection',
      'x-real-ip,HOST, x-forwarded-for',
      'X-Keep',
      '1',
    ];
    const sent = send(raw, { authentication: verified(alice) });
    assert.deepEqual(sent.values('X-SSL-Client-S-DN'), ['CN=alice,O=Company A']);
    assert.deepEqual(sent.values('X-Real-IP'), ['192.0.2.10']);
    assert.deepEqual(sent.values('X-Forwarded-For'), ['192.0.2.10']);
    assert.deepEqual(sent.values('Host'), ['service1.company-b.example:8443']);
    assert.deepEqual(sent.values('Connection'), []);
    assert.deepEqual(sent.values('X-Keep'), ['1']);
  });

  test('keep a header that its Connection names', () => {
    const raw = ['X-Foo', '1', 'CONNECTION', 'x-foo', 'x-FOO', '2', 'X-Bar', '3', 'Authorization', 'Bearer t'];
    assert.deepEqual(send([...raw, 'Connection', 'authorization']).headers.slice(-4), [
      'X-Bar',
      '3',
      'Authorization',
      'Bearer t',
    ]);
  });

  test('pass on what belongs to its connection', () => {
    const hop = [
      'Keep-Alive',
      'TE',
      'Trailer',
      'Transfer-Encoding',
      'Upgrade',
      'Expect',
      'HTTP2-Settings',
      'Proxy-Connection',
    ];
    const more = ['Proxy-Authorization', 'Content-Length', 'Host'];
    const before = send([]).headers;
    assert.deepEqual(send([...hop, ...more].flatMap((name) => [name, 'x'])).headers, before);
  });

  test('use names that a backend may fold into others', () => {
    const names = ['X_Real_IP', 'Content_Length', 'Transfer_Encoding', 'X.Forwarded.For', 'x!y', 'x_y', 'Accept_'];
    const sent = send([...names.flatMap((name) => [name, 'x']), 'X-Y', 'ok']);
    assert.deepEqual(
      sent.names().filter((name) => names.includes(name)),
      [],
    );
    assert.equal(sent.dropped, names.length);
    assert.deepEqual(sent.values('X-Y'), ['ok']);
  });

  test('smuggle a line break through a parser less strict than ours should be', () => {
    const sent = send(['X-A', 'a\r\nX-SSL-Client-S-DN: CN=admin', 'X-B', 'b\0', 'X-C', 'c\nd', 'X-D', '\xfc\t']);
    assert.equal(sent.dropped, 3);
    assert.deepEqual(sent.headers.slice(-2), ['X-D', '\xfc\t']);
  });

  test('fill the memory of names', () => {
    const shared = planner();
    const route = makeRoute();
    for (let i = 0; i < 5000; i += 100) {
      send(Array.from({ length: 100 }, (_, j) => [`X-${i + j}`, '1']).flat(), { planner: shared, route });
    }
    const sent = send(['X-SSL-Client-Verify', 'SUCCESS', 'X-1', 'kept'], { planner: shared, route });
    assert.deepEqual(sent.values('X-SSL-Client-Verify'), ['NONE']);
    assert.deepEqual(sent.values('X-1'), ['kept']);
  });
});

describe('where the client comes from', () => {
  const forged = [
    'X-Forwarded-For',
    '10.0.0.1',
    'X-Real-IP',
    '10.0.0.1',
    'Forwarded',
    'for=10.0.0.1',
    'X-Forwarded-Proto',
    'http',
  ];
  const chain = ['X-Forwarded-For', '203.0.113.5, 198.51.100.7', 'x-forwarded-for', '198.51.100.8'];

  test('a stranger’s word does not count', () => {
    const sent = send([...forged, 'X-Forwarded-Host', 'evil.example', 'X-Forwarded-Port', '1', 'X-Request-Id', 'mine']);
    assert.deepEqual(sent.values('X-Forwarded-For'), ['192.0.2.10']);
    assert.deepEqual(sent.values('X-Real-IP'), ['192.0.2.10']);
    assert.deepEqual(sent.values('Forwarded'), []);
    assert.deepEqual(sent.values('X-Forwarded-Proto'), ['https']);
    assert.deepEqual(sent.values('X-Forwarded-Host'), ['service1.company-b.example:8443']);
    assert.deepEqual(sent.values('X-Forwarded-Port'), []);
    assert.deepEqual(sent.values('X-Request-Id'), ['0123456789abcdef0123456789abcdef']);
  });

  test('a trusted proxy’s chain gets its own address appended, even where Connection names it', () => {
    for (const connection of [[], ['Connection', 'x-forwarded-for']]) {
      const sent = send([...connection, ...chain], { planner: planner(['192.0.2.10']) });
      assert.deepEqual(sent.values('X-Forwarded-For'), ['203.0.113.5, 198.51.100.7, 198.51.100.8, 192.0.2.10']);
      assert.deepEqual(sent.values('X-Real-IP'), ['192.0.2.10']);
    }
  });

  test('a trusted proxy is believed in scheme, host and port, where they are well-formed', () => {
    const trusting = planner(['192.0.2.10']);
    const said = ['X-Forwarded-Proto', 'http', 'X-Forwarded-Host', 'public.example', 'X-Forwarded-Port', '443'];
    const sent = send(said, { planner: trusting });
    assert.deepEqual(sent.values('X-Forwarded-Proto'), ['http']);
    assert.deepEqual(sent.values('X-Forwarded-Host'), ['public.example']);
    assert.deepEqual(sent.values('X-Forwarded-Port'), ['443']);

    const bad = ['X-Forwarded-Proto', 'gopher', 'X-Forwarded-Host', 'a.example, b.example', 'X-Forwarded-Port', '1; x'];
    const corrected = send(bad, { planner: trusting });
    assert.deepEqual(corrected.values('X-Forwarded-Proto'), ['https']);
    assert.deepEqual(corrected.values('X-Forwarded-Host'), ['service1.company-b.example:8443']);
    assert.deepEqual(corrected.values('X-Forwarded-Port'), []);
  });

  test('a trusted proxy cannot say who the client is', () => {
    const sent = send(['X-SSL-Client-Verify', 'SUCCESS', 'X-SSL-Client-S-DN', 'CN=x'], {
      planner: planner(['192.0.2.10']),
    });
    assert.deepEqual(sent.values('X-SSL-Client-Verify'), ['NONE']);
    assert.deepEqual(sent.values('X-SSL-Client-S-DN'), []);
  });
});

describe('headers of the operator', () => {
  test('are set once, whatever the client sends in whatever spelling', () => {
    const route = makeRoute({}, { 'X-Tenant': 'a-$ssl_client_common_name', X_Legacy: '1' });
    const raw = [
      'x-tenant',
      'evil',
      'X-TENANT',
      'evil',
      'X_Tenant',
      'evil',
      'x-legacy',
      'evil',
      'Connection',
      'X-Tenant',
    ];
    const sent = send(raw, { route, authentication: verified(alice) });
    assert.deepEqual(sent.values('X-Tenant'), ['a-alice']);
    assert.deepEqual(sent.values('X_Legacy'), ['1']);
    assert.ok(!sent.headers.includes('evil'));
  });

  test('an empty template removes, the gateway’s own header too', () => {
    const route = makeRoute({}, { 'x-real-ip': '', Cookie: '', 'X-SSL-Client-Serial': '', 'X-Request-Id': '' });
    const sent = send(['Cookie', 'a=1', 'X-Real-IP', '1', 'X-Request-Id', '2'], {
      route,
      authentication: verified(alice),
    });
    for (const name of ['Cookie', 'X-Real-IP', 'X-SSL-Client-Serial', 'X-Request-Id'])
      assert.deepEqual(sent.values(name), []);
    assert.deepEqual(sent.values('X-SSL-Client-Verify'), ['SUCCESS']);
  });

  test('an empty value sends no header, and the client’s is removed all the same', () => {
    const route = makeRoute({}, { 'X-From': '$http_x_other', 'X-Cn': '$ssl_client_common_name' });
    const sent = send(['X-From', 'client', 'X-Cn', 'admin'], { route });
    assert.deepEqual([...sent.values('X-From'), ...sent.values('X-Cn')], []);
    assert.deepEqual(send(['X-Other', 'o'], { route }).values('X-From'), ['o']);
  });

  test('replace the gateway’s own, Host among them', () => {
    const route = makeRoute({}, { Host: '$proxy_host', 'X-Forwarded-For': '$proxy_add_x_forwarded_for' });
    const sent = send(['X-Forwarded-For', '10.0.0.1'], { route });
    assert.deepEqual(sent.values('Host'), ['127.0.0.1:3000']);
    assert.deepEqual(sent.headers.slice(0, 1), ['Host']);
    assert.deepEqual(sent.values('X-Forwarded-For'), ['10.0.0.1, 192.0.2.10']);
    assert.deepEqual(send([], { route: makeRoute({}, { host: '$http_x_none' }) }).values('Host'), [
      'service1.company-b.example:8443',
    ]);
  });

  test('a name given twice is sent once', () => {
    const route = makeRoute({}, { 'X-A': 'first', 'x-a': 'second' });
    assert.deepEqual(send([], { route }).values('X-A'), ['second']);
  });

  test('what a client percent-encodes in the path stays percent-encoded', () => {
    const route = makeRoute({}, { 'X-Path': 'on $uri', 'X-Copy': '$http_x_u', 'X-Town': 'Zürich' });
    const sent = send(['X-U', '\xfc'], { route, target: '/a%0D%0AX-SSL-Client-Verify:%20SUCCESS' });
    assert.deepEqual(sent.values('X-Path'), ['on /a%0D%0AX-SSL-Client-Verify: SUCCESS']);
    assert.deepEqual(sent.values('X-Copy'), ['%FC']);
    assert.deepEqual(sent.values('X-Town'), ['Z%C3%BCrich']);
  });
});

describe('what does not fit', () => {
  const units = Array.from({ length: 400 }, (_, i) => `/OU=unit ${String(i).padStart(4, '0')}`).join('');
  const large = readCertificate(
    makeCertificate(directory, { ca, name: 'large', subject: `/CN=large${units}` }).certificate,
  );

  const planOf = (facts: PermitFacts, raw: readonly string[] = []) => {
    const permit = makePermit(facts);
    return planner().plan(makeExchange({ head: makeHead(raw), decision: permit }), permit);
  };

  test('an identity too large for a header is refused', () => {
    const refused = planOf({ authentication: verified(large) });
    assert.equal(refused.kind, 'refused');
    assert.equal(refused.kind === 'refused' && refused.code, 'client-certificate-invalid');
    assert.equal(planOf({ authentication: verified(alice) }).kind, 'headers');
  });

  test('so is a header of the operator', () => {
    const route = makeRoute({}, { 'X-Copy': '$http_x_large$http_x_large' });
    const refused = planOf({ route }, ['X-Large', 'x'.repeat(9000)]);
    assert.equal(refused.kind === 'refused' && refused.code, 'head-too-large');
    assert.equal(planOf({ route }, ['X-Large', 'x'.repeat(8000)]).kind, 'headers');
  });
});

describe('forms of requests', () => {
  test('an upgrade asks the upstream for the same protocol, with the identity of any other request', () => {
    const raw = [
      'Connection',
      'keep-alive, Upgrade, X-SSL-Client-S-DN',
      'Upgrade',
      'websocket',
      'Sec-WebSocket-Key',
      'k',
    ];
    const sent = send([...raw, 'X-SSL-Client-S-DN', 'CN=admin'], {
      authentication: verified(alice),
      upgrade: 'websocket',
    });
    assert.deepEqual(sent.values('Connection'), ['Upgrade']);
    assert.deepEqual(sent.values('Upgrade'), ['websocket']);
    assert.deepEqual(sent.values('X-SSL-Client-S-DN'), ['CN=alice,O=Company A']);
    assert.deepEqual(sent.values('Sec-WebSocket-Key'), ['k']);
  });

  test('cookies that HTTP/2 has split become one field', () => {
    const raw = ['cookie', 'a=1', 'accept', '*/*', 'cookie', 'b=2', 'cookie', 'c=3'];
    const sent = send(raw, { exchange: { head: makeHead(raw, { httpVersion: '2.0' }) } });
    assert.deepEqual(sent.headers.slice(-4), ['cookie', 'a=1; b=2; c=3', 'accept', '*/*']);
  });
});

describe('what is kept for a connection', () => {
  test('the constant part is made once for each connection and route', () => {
    const kept = planner();
    const permit = makePermit({ authentication: verified(alice) });
    const connection = makeConnection();
    const one = kept.constantOf(makeExchange({ connection, decision: permit }), permit);
    assert.equal(kept.constantOf(makeExchange({ connection, decision: permit }), permit), one);
    assert.notEqual(kept.constantOf(makeExchange({ decision: permit }), permit), one);
  });

  test('a connection that was judged anew is described anew', () => {
    const kept = planner();
    const route = makeRoute({}, { 'X-Cn': '$ssl_client_common_name' });
    const connection = makeConnection();
    const dn = (authentication: ReturnType<typeof verified>): string[] => {
      const sent = send([], { planner: kept, route, authentication, exchange: { connection } });
      return [...sent.values('X-SSL-Client-S-DN'), ...sent.values('X-Cn')];
    };
    assert.deepEqual(dn(verified(alice)), ['CN=alice,O=Company A', 'alice']);
    assert.deepEqual(dn(verified(bob)), ['CN=bob,O=Company A', 'bob']);
    assert.deepEqual(dn({ kind: 'absent' }), []);
  });

  test('the permit of another exchange is not accepted', () => {
    const permit = makePermit();
    assert.throws(() => planner().plan(makeExchange({ decision: makePermit() }), permit), { code: 'internal' });
  });
});
