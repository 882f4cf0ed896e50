// Attack: a certificate that the CA issued for something else is shown as a client's: the web server's, the code
// signer's, the CA's own.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeTrust, startGuardedGateway } from '../support/guarded-gateway.ts';
import { type CertificateFiles, makeCa, makeCertificate, type Purpose } from '../support/openssl.ts';
import { tlsVersions } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, server } = trust;

const issued = (name: string, eku?: readonly Purpose[]): CertificateFiles =>
  makeCertificate(directory, { ca, name, ...(eku === undefined ? {} : { eku }) });

const intermediate = makeCa(directory, 'intermediate', { ca });
const forServers = makeCa(directory, 'for-servers', { ca, extensions: ['extendedKeyUsage = serverAuth'] });
const forClients = makeCa(directory, 'for-clients', { ca, extensions: ['extendedKeyUsage = clientAuth'] });

interface Case {
  readonly identity: CertificateFiles;
  readonly chain?: readonly string[];
}

const unfit: Readonly<Record<string, Case>> = {
  "a server's": { identity: server },
  "a code signer's": { identity: issued('signer', ['codeSigning']) },
  "a server's and code signer's": { identity: issued('both', ['serverAuth', 'codeSigning']) },
  // RFC 5280 §4.2.1.12 lets applications refuse it, and OpenSSL does.
  'one for any purpose': { identity: issued('any', ['anyExtendedKeyUsage']) },
  'the root itself': { identity: ca },
  'an intermediate CA': { identity: intermediate },
  'one below a CA for servers': {
    identity: makeCertificate(directory, { ca: forServers, name: 'below-servers', eku: 'clientAuth' }),
    chain: [forServers.certificate],
  },
};

const fit: Readonly<Record<string, Case>> = {
  "a client's": { identity: trust.client },
  'one for both ends': { identity: issued('peer', ['serverAuth', 'clientAuth']) },
  // RFC 5280 §4.2.1.12: without the extension every purpose is meant.
  'one that says nothing of purposes': { identity: issued('old-style') },
  'one below a CA for clients': {
    identity: makeCertificate(directory, { ca: forClients, name: 'below-clients', eku: 'clientAuth' }),
    chain: [forClients.certificate],
  },
};

for (const version of tlsVersions) {
  for (const refuse of ['handshake', 'http']) {
    test(`no certificate for another purpose is a client's (${version}, refuse: ${refuse})`, async (t) => {
      const { served, refused } = await startGuardedGateway(t, trust, { clients: { refuse } });
      for (const [what, { identity, chain = [] }] of Object.entries(unfit)) {
        const expected = { code: 'client-certificate-invalid', verifyError: 'unsuitable certificate purpose' } as const;
        const status = refuse === 'http' ? 400 : 0;
        const { line } = await refused({ identity, chain, version }, { ...expected, status });
        assert.match(String(line.advice), /extended key usage/, what);
      }
      for (const { identity, chain = [] } of Object.values(fit)) await served({ identity, chain, version });
    });
  }
}
