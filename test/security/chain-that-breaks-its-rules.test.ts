// Attack: the chain ends at the right root, but somewhere on the way a certificate has issued what it may not: a client
// plays CA, a CA plays its parent, a CA leaves the names it was given.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CaFiles, type CertificateFiles, makeCa, makeCertificate } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const hourMs = 3_600_000;
const trust = makeTrust({ after });
const { directory, ca } = trust;

interface Case {
  readonly identity: CertificateFiles;
  readonly chain: readonly string[];
}

function below(issuer: CaFiles, name: string, options: { san?: string; subject?: string } = {}): CertificateFiles {
  return makeCertificate(directory, { ca: issuer, name, eku: 'clientAuth', ...options });
}

const intermediate = makeCa(directory, 'intermediate', { ca, pathLength: 0 });
const tooDeep = makeCa(directory, 'too-deep', { ca: intermediate });
const alice: CaFiles = { ...intermediate, ...trust.client, name: 'alice' };
const expired = makeCa(directory, 'expired', { ca, notAfter: new Date(Date.now() - hourMs / 60) });
const forDns = makeCa(directory, 'for-dns', {
  ca,
  extensions: ['nameConstraints = critical,permitted;DNS:.a.example'],
});
const forOrganization = makeCa(directory, 'for-organization', {
  ca,
  extensions: ['nameConstraints = critical,permitted;dirName:organization', '[organization]', 'O = Company A'],
});
const otherCa = makeCa(directory, 'other-ca');
/** The name of the root, and of the intermediate, with keys of their own. */
const falseRoot = makeCa(directory, 'false-root', { subject: '/O=Test/CN=ca' });
const falseIntermediate = makeCa(directory, 'false-intermediate', { ca: otherCa, subject: '/O=Test/CN=intermediate' });

const broken: Readonly<Record<string, Case & { readonly verifyError: string }>> = {
  'a CA below one that may have none': {
    identity: below(tooDeep, 'below-too-deep'),
    chain: [tooDeep.certificate, intermediate.certificate],
    verifyError: 'path length constraint exceeded',
  },
  'a client that issues': {
    identity: below(alice, 'below-alice'),
    chain: [alice.certificate],
    verifyError: 'unspecified certificate verification error',
  },
  'a CA that has expired': {
    identity: below(expired, 'below-expired'),
    chain: [expired.certificate],
    verifyError: 'certificate has expired',
  },
  'a DNS name that its CA may not give': {
    identity: below(forDns, 'outside-dns', { san: 'DNS:host.b.example' }),
    chain: [forDns.certificate],
    verifyError: 'unspecified certificate verification error',
  },
  'an organization that its CA may not give': {
    identity: below(forOrganization, 'outside-organization', { subject: '/O=Company B/CN=admin' }),
    chain: [forOrganization.certificate],
    verifyError: 'unspecified certificate verification error',
  },
  'no intermediate': {
    identity: below(intermediate, 'alone'),
    chain: [],
    verifyError: 'unable to verify the first certificate',
  },
  'the intermediate of another CA with the same name': {
    identity: below(falseIntermediate, 'below-false-intermediate'),
    chain: [intermediate.certificate],
    verifyError: 'unable to verify the first certificate',
  },
  'a root of the same name': {
    identity: below(falseRoot, 'below-false-root'),
    chain: [falseRoot.certificate],
    verifyError: 'self-signed certificate in certificate chain',
  },
  'the names and key identifiers of the root, and the signature of another': {
    identity: forgeCertificate(directory, 'forged', trust.client, falseRoot.key, {}),
    chain: [],
    verifyError: 'certificate signature failure',
  },
  'another root': {
    identity: below(otherCa, 'below-other'),
    chain: [otherCa.certificate],
    verifyError: 'self-signed certificate in certificate chain',
  },
};

const sound: Readonly<Record<string, Case>> = {
  'an intermediate': { identity: below(intermediate, 'sound'), chain: [intermediate.certificate] },
  'an intermediate, among others': {
    identity: below(intermediate, 'sound-among-others'),
    chain: [otherCa.certificate, falseRoot.certificate, intermediate.certificate, ca.certificate],
  },
  'a DNS name that its CA may give': {
    identity: below(forDns, 'inside-dns', { san: 'DNS:host.a.example' }),
    chain: [forDns.certificate],
  },
  'an organization that its CA may give': {
    identity: below(forOrganization, 'inside-organization', { subject: '/O=Company A/CN=x' }),
    chain: [forOrganization.certificate],
  },
};

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`a chain is as good as its worst link (${version}, refuse: ${refuse})`, async (t) => {
      const { attempt, gateway, backend, served } = await startGuardedGateway(t, trust, { clients: { refuse } });
      for (const [what, { identity, chain, verifyError }] of Object.entries(broken)) {
        const outcome = await attempt({ identity, chain, version });
        assert.equal(outcome.status, refuse === 'http' ? 400 : 0, what);
        const line = await gateway.lineWhere(({ port }) => port === outcome.clientPort);
        assert.equal(line.code, 'client-certificate-invalid', what);
        assert.equal(line.verify_error, verifyError, what);
        assert.equal(backend.received, '', what);
      }
      for (const { identity, chain } of Object.values(sound)) await served({ identity, chain, version });
    });

    test(`an intermediate alone is no anchor (${version}, refuse: ${refuse})`, async (t) => {
      const clients = { ca: intermediate.certificate, refuse };
      const { attempt, gateway, backend, reconfigure, served } = await startGuardedGateway(t, trust, { clients });
      const identity = below(intermediate, 'below-anchor');
      const outcome = await attempt({ identity, version });
      assert.equal(outcome.status, refuse === 'http' ? 400 : 0);
      await gateway.lineWhere(({ port, code }) => port === outcome.clientPort && code === 'client-certificate-invalid');
      assert.equal(backend.received, '');

      assert.ok(await reconfigure({ clients: { refuse, ca: [intermediate.certificate, ca.certificate] } }));
      await served({ identity, version });
    });
  }
}
