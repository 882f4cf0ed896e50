// The table of docs/two-companies.md: every line of it is brought about with the configurations of the page, and what it
// says of the answer and of both logs is what happens.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { curl } from '../../support/curl.ts';
import { blocksOf, readDocumentation } from '../../support/documentation.ts';
import { type CertificateFiles, makeCa, makeCertificate, makeCrl, temporaryDirectory } from '../../support/openssl.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import '../../support/resolve-to-loopback.ts';
import { startTestGateway, type TestGateway } from '../../support/test-gateway.ts';

const page = readDocumentation('two-companies.md');
const name = 'service1.company-b.example';
const yaml = (file: string): string => blocksOf(page).find(({ lead }) => lead === `\`${file}\`:`)?.text ?? '';

const directory = temporaryDirectory({ after });
const past = { notBefore: new Date('2024-01-01T00:00:00Z'), notAfter: new Date('2025-01-01T00:00:00Z') };
const ca = makeCa(directory, 'ca', { subject: '/CN=Company B Root CA', days: 400 });
const otherCa = makeCa(directory, 'other-ca', { subject: '/CN=Other CA', days: 400 });

type Options = Partial<Parameters<typeof makeCertificate>[1]>;
const serverOf = (file: string, options: Options = {}): CertificateFiles =>
  makeCertificate(directory, { ca, name: file, san: `DNS:${name}`, eku: 'serverAuth', days: 300, ...options });
const clientOf = (file: string, options: Options = {}): CertificateFiles =>
  makeCertificate(directory, {
    ...{ ca, name: file, subject: '/O=Company A/CN=client-a', eku: 'clientAuth', days: 300 },
    ...options,
  });

const good = { server: serverOf('server'), client: clientOf('client') };
const revoked = clientOf('revoked');
const crl = makeCrl(ca, { revoked: [revoked.certificate] });

interface Scenario {
  readonly client?: CertificateFiles;
  readonly server?: CertificateFiles;
  /** What Company A trusts. */
  readonly trusted?: string;
  readonly crl?: string;
  /** Changes to the configurations. */
  readonly companyA?: (text: string) => string;
  readonly companyB?: (text: string) => string;
  /** What does not run. */
  readonly down?: 'server side' | 'Service1';
}

/** By the first column of the table. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'Company A shows no certificate': { companyA: (text) => text.replace(/ +(?:certificate|key): .*\n/g, '') },
  "Company A's certificate is of another CA": { client: clientOf('foreign', { ca: otherCa }) },
  "Company A's certificate has expired": { client: clientOf('expired', past) },
  "Company A's certificate is revoked": { client: revoked },
  'no rule admits Company A': {
    companyB: (text) => text.replace('organization: Company A', 'organization: Company X'),
  },
  "Company B's revocation list has lapsed": {
    crl: makeCrl(ca, { name: 'lapsed', thisUpdate: past.notBefore, nextUpdate: past.notAfter }),
  },
  "Company B's server has another name": { server: serverOf('misnamed', { san: 'DNS:service2.company-b.example' }) },
  "Company B's certificate has expired": { server: serverOf('old-server', past) },
  'Company A trusts another CA': { trusted: otherCa.certificate },
  "Company B's gateway is down": { down: 'server side' },
  'Service1 is down': { down: 'Service1' },
};

interface Row {
  readonly what: string;
  readonly status: number;
  readonly companyA: string;
  readonly companyB: string;
}

const rows: Row[] = [...page.matchAll(/^\| (.+) \| (\d{3}) \| (.+) \| (.+) \| .+ \|$/gm)].map(
  ([, what = '', status, companyA = '', companyB = '']) => ({ what, status: Number(status), companyA, companyB }),
);

interface Pair {
  readonly clientSide: TestGateway;
  readonly serverSide: TestGateway;
}

async function startPair(t: TestContext, scenario: Scenario): Promise<Pair> {
  const { client = good.client, server = good.server, trusted = ca.certificate, down } = scenario;
  const folder = temporaryDirectory(t);
  const [companyA, companyB] = ['a', 'b'].map((one) => join(folder, one)) as [string, string];
  mkdirSync(companyA);
  mkdirSync(join(companyB, 'certs'), { recursive: true });
  const copies = [
    [client.certificate, join(companyA, 'client-a.crt')],
    [client.key, join(companyA, 'client-a.key')],
    [trusted, join(companyA, 'ca.crt')],
    [server.certificate, join(companyB, 'certs', `${name}.crt`)],
    [server.key, join(companyB, 'certs', `${name}.key`)],
    [ca.certificate, join(companyB, 'certs', 'ca.crt')],
    [scenario.crl ?? crl, join(companyB, 'certs', 'ca.crl')],
  ] as const;
  for (const [from, to] of copies) copyFileSync(from, to);

  const service1 = await createRecordingBackend(t);
  if (down === 'Service1') await service1.close();
  const quiet = 'log: { access: off }\n';
  const serverSide = await startTestGateway(
    t,
    companyB,
    (scenario.companyB ?? String)(yaml('company-b/mutual.yaml') + quiet)
      .replace('0.0.0.0:8443', '127.0.0.1:0')
      .replace('http://127.0.0.1:3000', service1.url),
  );
  const port = serverSide.port();
  if (down === 'server side') await serverSide.running.stop();
  const clientSide = await startTestGateway(
    t,
    companyA,
    (scenario.companyA ?? String)(yaml('company-a/mutual.yaml') + quiet)
      .replace('127.0.0.1:8080', '127.0.0.1:0')
      .replace(':8443', `:${port}`),
  );
  return { clientSide, serverSide };
}

/** A part of a line, as the page has it: `…` stands for anything, and ports are those of the test. */
function pattern(cell: string): RegExp | undefined {
  const said = /^`(.+)`$/.exec(cell)?.[1];
  if (said === undefined) return undefined;
  const literal = said.replace(':3000', ':…').split('…');
  return new RegExp(literal.map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*'));
}

test('the table and this file know the same failures', () => {
  assert.deepEqual(
    rows.map(({ what }) => what),
    Object.keys(scenarios),
  );
});

for (const { what, status, companyA, companyB } of rows) {
  test(what, async (t) => {
    const { clientSide, serverSide } = await startPair(t, scenarios[what] as Scenario);
    const answer = await curl(`http://127.0.0.1:${clientSide.port()}/orders`);
    assert.equal(answer.status, status, answer.body);
    for (const [cell, gateway] of [
      [companyA, clientSide],
      [companyB, serverSide],
    ] as const) {
      const said = pattern(cell);
      if (said !== undefined) await gateway.lineWhere(({ msg }) => said.test(msg));
      else {
        assert.match(cell, /^nothing/);
        assert.deepEqual(
          gateway.lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg),
          [],
        );
      }
    }
  });
}

test('where nothing is wrong, the page works', async (t) => {
  const { clientSide, serverSide } = await startPair(t, {});
  assert.equal((await curl(`http://127.0.0.1:${clientSide.port()}/orders`)).status, 200);
  for (const { lines } of [clientSide, serverSide]) {
    assert.deepEqual(
      lines.filter(({ level }) => Number(level) >= 40).map(({ msg }) => msg),
      [],
    );
  }
});
