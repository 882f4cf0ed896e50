// The modes of X-Forwarded-Client-Cert in which what the client sent counts, and for whom.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { EnvoyMode, IdentityHeadersConfig } from '../../../../../../src/config/schema.ts';
import type { Authentication } from '../../../../../../src/gateway/authenticate/authentication.ts';
import { canBeAppendedTo } from '../../../../../../src/gateway/forward/headers/conventions/forwarded-client-cert.ts';
import {
  createRequestHeaderPlanner,
  type RequestHeaders,
} from '../../../../../../src/gateway/forward/headers/request-headers.ts';
import {
  absent,
  makeExchange,
  makeHead,
  makePermit,
  makeRoute,
  readCertificate,
  rejected,
  upstreams,
  verified,
} from '../../../../../support/exchange.ts';
import { makeCa, makeCertificate, temporaryDirectory } from '../../../../../support/openssl.ts';
import { readXfccByAll } from '../../../../../support/xfcc-reader.ts';

const directory = temporaryDirectory({ after });
const ca = makeCa(directory);
const proxy = readCertificate(makeCertificate(directory, { ca, name: 'proxy' }).certificate);
const ours = `By=spiffe://b.example/gateway;Hash=${proxy.sha256};Subject="CN=proxy"`;
const theirs = 'By=spiffe://a.example/proxy;Hash=00ff;Subject="CN=client, O=Company A";URI=spiffe://a.example/client';

interface Facts {
  readonly authentication?: Authentication;
  readonly trusted?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

function plan(mode: EnvoyMode, raw: readonly string[], facts: Facts = {}) {
  const identityHeaders: IdentityHeadersConfig = {
    conventions: ['envoy'],
    nginxCertificate: false,
    envoy: { mode, details: ['subject'] },
  };
  const route = makeRoute({ identityHeaders }, facts.headers);
  const permit = makePermit({ route, authentication: facts.authentication ?? verified(proxy) });
  const planner = createRequestHeaderPlanner({
    isTrusted: () => facts.trusted === true,
    upstreams,
    gatewayFacts: () => ({ uris: ['spiffe://b.example/gateway'] }),
    now: () => 0,
  });
  return planner.plan(makeExchange({ head: makeHead(raw), decision: permit }), permit);
}

/** Every X-Forwarded-Client-Cert that the upstream is sent. */
function sent(mode: EnvoyMode, raw: readonly string[], facts: Facts = {}): string[] {
  const planned = plan(mode, raw, facts);
  assert.equal(planned.kind, 'headers');
  const { headers } = planned as RequestHeaders;
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === 'x-forwarded-client-cert');
}

const raw = ['Host', 'a', 'x-forwarded-client-cert', theirs];

test('each mode, for a verified client: sent, kept, added to', () => {
  assert.deepEqual(sent('SANITIZE', raw), []);
  assert.deepEqual(sent('SANITIZE_SET', raw), [ours]);
  assert.deepEqual(sent('FORWARD_ONLY', raw), [theirs]);
  assert.deepEqual(sent('ALWAYS_FORWARD_ONLY', raw), [theirs]);
  assert.deepEqual(sent('APPEND_FORWARD', raw), [`${theirs},${ours}`]);
});

test('of a client without a verified certificate nothing counts in any mode', () => {
  const modes = ['SANITIZE', 'SANITIZE_SET', 'FORWARD_ONLY', 'ALWAYS_FORWARD_ONLY', 'APPEND_FORWARD'] as const;
  for (const mode of modes) {
    for (const authentication of [absent, rejected('CERT_HAS_EXPIRED', proxy)]) {
      assert.deepEqual(sent(mode, raw, { authentication }), [], mode);
    }
  }
});

test('a trusted proxy without a certificate is believed in the widest mode alone', () => {
  const facts = { authentication: absent, trusted: true };
  assert.deepEqual(sent('ALWAYS_FORWARD_ONLY', raw, facts), [theirs]);
  assert.deepEqual(sent('FORWARD_ONLY', raw, facts), []);
  assert.deepEqual(sent('APPEND_FORWARD', raw, facts), []);
});

test('without a header of the client there is nothing to forward, and ours alone to append', () => {
  assert.deepEqual(sent('FORWARD_ONLY', ['Host', 'a']), []);
  assert.deepEqual(sent('APPEND_FORWARD', ['Host', 'a']), [ours]);
  assert.deepEqual(sent('APPEND_FORWARD', ['Host', 'a', 'X-Forwarded-Client-Cert', '']), [ours]);
});

test('several headers are one list, ours at the end', () => {
  const two = ['X-Forwarded-Client-Cert', 'Hash=01', 'Host', 'a', 'x-Forwarded-client-Cert', 'Hash=02;URI=a'];
  assert.deepEqual(sent('APPEND_FORWARD', two), [`Hash=01,Hash=02;URI=a,${ours}`]);
  assert.deepEqual(sent('FORWARD_ONLY', two), ['Hash=01', 'Hash=02;URI=a']);
});

test('other spellings never count', () => {
  for (const name of ['X_Forwarded_Client_Cert', 'x.forwarded.client.cert', 'X-Forwarded-Client-Cert-Chain']) {
    assert.deepEqual(sent('APPEND_FORWARD', [name, theirs]), [ours], name);
    const planned = plan('FORWARD_ONLY', [name, theirs]) as RequestHeaders;
    assert.ok(!planned.headers.includes(theirs), name);
  }
});

test('a header that would swallow ours is dropped, and counted', () => {
  for (const open of [
    'By="',
    'Subject="a\\',
    'Subject="a\\"',
    'a="b\\\\"',
    'Subject="x"y',
    'By=a";URI=b',
    '[{"hash":"00"}]',
  ]) {
    assert.ok(!canBeAppendedTo(open), open);
    assert.deepEqual(sent('APPEND_FORWARD', ['X-Forwarded-Client-Cert', open, 'x-forwarded-client-cert', 'Hash=02']), [
      `Hash=02,${ours}`,
    ]);
    assert.equal((plan('APPEND_FORWARD', ['X-Forwarded-Client-Cert', open]) as RequestHeaders).dropped, 1);
  }
});

test('what Envoy itself sends can be added to, and ours is the last element for all readers', () => {
  const headers = [
    theirs,
    'By=urn:abc:principal(sample;None;i001);Hash=00;Subject="CN=a\\"b";URI=',
    'Hash=00;Cert="-----BEGIN%20CERTIFICATE-----%0A"',
    'Hash=00,Hash=01',
    'By=spiffe://a;Hash=00;Subject=""',
  ];
  for (const header of headers) assert.ok(canBeAppendedTo(header), header);
  const [joined = ''] = sent('APPEND_FORWARD', ['X-Forwarded-Client-Cert', `${theirs},Hash=00;Subject=""`]);
  const elements = readXfccByAll(joined);
  assert.equal(elements.length, 3);
  assert.deepEqual(
    elements.at(-1)?.map(([key]) => key),
    ['By', 'Hash', 'Subject'],
  );
});

test('more than a header should carry is refused', () => {
  const long = ['X-Forwarded-Client-Cert', `Cert="${'A'.repeat(16_384)}"`];
  const refused = plan('APPEND_FORWARD', long);
  assert.equal(refused.kind === 'refused' && refused.code, 'head-too-large');
  assert.equal(plan('FORWARD_ONLY', long).kind, 'headers', 'what is forwarded has the limits of the request head');
});

test('a header that the operator sets stands alone', () => {
  for (const mode of ['SANITIZE_SET', 'FORWARD_ONLY', 'APPEND_FORWARD'] as const) {
    assert.deepEqual(sent(mode, raw, { headers: { 'X-Forwarded-Client-Cert': 'Hash=mine' } }), ['Hash=mine'], mode);
    assert.deepEqual(sent(mode, raw, { headers: { 'X-Forwarded-Client-Cert': '' } }), [], mode);
  }
});
