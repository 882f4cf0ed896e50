import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findTrials } from '../../../../src/admin/page/try-it.js';
import { makeSnapshot } from '../../../support/make-snapshot.ts';

const snapshot = makeSnapshot({ nowMs: Date.UTC(2026, 2, 1) });

const withAddress = (url: string, file?: string) => ({
  ...snapshot,
  program: { ...snapshot.program, addresses: [{ url, servers: ['service1.company-b.example'] }] },
  certificates: snapshot.certificates.map((entry) => (file === undefined ? entry : { ...entry, file })),
});

test('mutual TLS comes first, with the files that are known', () => {
  const [first, second] = findTrials(snapshot);
  assert.equal(
    first?.command,
    'curl --cacert /etc/mutual/certs/root.crt --cert /etc/mutual/certs/gateway.crt --key /etc/mutual/certs/gateway.key ' +
      '--resolve service1.company-b.example:8443:127.0.0.1 https://service1.company-b.example:8443/',
  );
  assert.equal(second?.command, 'curl http://127.0.0.1:8080/');
});

test('without a certificate of ours there are names to be filled in', () => {
  const certificates = snapshot.certificates.filter(({ kind }) => kind !== 'upstream-client' && kind !== 'upstream-ca');
  const [first] = findTrials({ ...snapshot, certificates });
  assert.match(first?.command ?? '', /^curl --cert client\.crt --key client\.key --resolve /);
});

test('a server that asks for none is not shown one', () => {
  const certificates = snapshot.certificates.filter(({ kind }) => kind !== 'client-ca');
  const [first] = findTrials({ ...snapshot, certificates });
  assert.equal(first?.why, 'TLS');
  assert.doesNotMatch(first?.command ?? '', /--cert /);
});

test('a socket has its own option, and an address of every interface becomes one that can be called', () => {
  assert.equal(
    findTrials(withAddress('unix:/run/a b.sock'))[0]?.command,
    "curl --unix-socket '/run/a b.sock' http://localhost/",
  );
  assert.match(findTrials(withAddress('https://[::]:8443'))[0]?.command ?? '', /example:8443:\[::1\] /);
});

test('a file name that a shell would read is quoted', () => {
  const [first] = findTrials(withAddress('https://127.0.0.1:8443', "/tmp/$(reboot)'; x"));
  assert.ok(first?.command.includes(`--cacert '/tmp/$(reboot)'\\''; x' `), first?.command);
});
