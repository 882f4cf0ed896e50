// Attack: a client writes into logs with everything that it chooses: names in its certificate, paths, headers, bytes that
// are no HTTP. None of it may begin a line, leave its field, or reach the terminal of whoever reads along.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { attribute, name, utf8 } from '../support/der-writer.ts';
import { forgeCertificate } from '../support/forge-certificate.ts';
import { makeTrust } from '../support/guarded-gateway.ts';
import { hostileTexts } from '../support/hostile-certificates.ts';
import { makeCa, makeCertificate } from '../support/openssl.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startMutual } from '../support/spawn-mutual.ts';
import { attemptTls, tlsOptionsOf } from '../support/tls-client.ts';

const trust = makeTrust({ after });
const { directory, ca, client, server } = trust;
const strangers = makeCa(directory, 'strangers');
const stranger = makeCertificate(directory, { ca: strangers, name: 'stranger', eku: 'clientAuth' });

const forgedLine = '127.0.0.1 - - [01/Jan/2026:00:00:00 +0000] "GET /forged HTTP/1.1" 200 0 "-" "-"';
const forgedRecord = '{"level":"fatal","msg":"forged"}';
/** Beside those that try to leave a name: what tries to leave a line, or to be obeyed by a terminal. */
const texts = [
  ...hostileTexts,
  `a\n${forgedLine}`,
  `a\r${forgedLine}`,
  `a"}\n${forgedRecord}\n{"b":"`,
  '\x1b[2J\x1b]0;owned\x07',
  '\x9b31mred\x9c',
  '\u202egnp.exe',
  'a\u2028b\u2029c',
  '" 200 0 "-" "-',
  '\\" \\x22',
  '%0a%0d%1b',
  '$status $request',
];

/** Latin-1, without what ends a header field: that alone is for the parser to refuse. */
const asField = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replaceAll(/[\r\n\0]/g, '\t');

const formats = {
  combined: 'combined',
  json: 'json',
  template:
    '"$request" "$uri" "$args" "$http_x_a" "$remote_user" "$ssl_client_s_dn" "$ssl_client_i_dn" "$ssl_client_san_uri" "$ssl_client_raw_cert" "$host" "$ssl_server_name" $status',
};

test('every line is one of the gateway, in every log', async (t) => {
  const file = join(directory, 'injection.yaml');
  const access = Object.entries(formats).map(([kind, format]) => ({ format, file: `${kind}.log` }));
  const config = {
    servers: [
      {
        listen: '127.0.0.1:0',
        tls: {
          certificate: server.certificate,
          key: server.key,
          clients: { verify: 'optional', ca: ca.certificate, refuse: 'http' },
        },
        routes: [
          { path: '/', respond: { body: 'ok' } },
          { path: '/refused', allow: [], respond: {} },
        ],
      },
    ],
    // Each refusal has its line.
    log: { level: 'debug', access, refusalsPerSecond: 10_000 },
  };
  writeFileSync(file, JSON.stringify(config));
  const mutual = await startMutual(t, file);
  const port = mutual.port();
  let requests = 0;
  for (const [index, text] of texts.entries()) {
    const subject = name([attribute('2.5.4.3', utf8(text))]);
    const path = encodeURIComponent(text).replaceAll('%2F', '/');
    const headers = [
      `X-A: ${asField(text)}`,
      `Referer: ${asField(text)}`,
      `User-Agent: ${asField(text)}`,
      `Authorization: Basic ${Buffer.from(`${text}:x`, 'utf8').toString('base64')}`,
      `Traceparent: ${asField(text)}`,
    ];
    for (const [template, signer, where] of [
      [client, ca, '/'],
      [client, ca, '/refused/'],
      [stranger, strangers, '/'],
    ] as const) {
      const identity = forgeCertificate(directory, `forged-${index}`, template, signer.key, { subject });
      const outcome = await attemptTls(t, {
        port,
        ca: ca.certificate,
        identity,
        path: `${where}${path}?${path}`,
        headers,
      });
      assert.notEqual(outcome.status, 0, `${JSON.stringify(text)}: ${outcome.error}`);
      requests += 1;
    }
    // What is no HTTP, and the names that a client asks for.
    for (const bytes of [asField(text), Buffer.from(text, 'utf8').toString('latin1')]) {
      const raw = await connectRaw(t, { port }, tlsOptionsOf({ port, ca: ca.certificate, identity: client }));
      raw.send(`GET /${bytes} HTTP/1.1\r\nHost: ${bytes}\r\nX: ${bytes}\r\nConnection: close\r\n\r\n`);
      await raw.closed;
      requests += 1;
    }
  }
  mutual.signal('SIGTERM');
  const { stderr, exitCode } = await mutual.ended;
  assert.equal(exitCode, 0);

  const linesOf = (kind: keyof typeof formats): string[] => {
    const text = readFileSync(join(directory, `${kind}.log`), 'latin1');
    assert.match(text, /^[\x20-\x7e\n]*$/, kind);
    const lines = text.trimEnd().split('\n');
    assert.equal(lines.length, requests, kind);
    return lines;
  };
  const combined =
    /^127\.0\.0\.1 - (?:[^" ]|\\x..| )* \[\d\d\/[A-Z][a-z]{2}\/\d{4}(?::\d\d){3} [+-]\d{4}\] "[^"]*" \d{3} \d+ "[^"]*" "[^"]*"$/;
  for (const line of linesOf('combined')) assert.match(line, combined);
  for (const line of linesOf('template')) assert.match(line, /^(?:"[^"]*" ){11}\d{3}$/);
  for (const line of linesOf('json')) {
    const record = JSON.parse(line);
    assert.ok(!Array.isArray(record) && typeof record.status === 'number');
    assert.match(record.client?.dn ?? '', /^[ -~]*$/);
  }
  assert.doesNotMatch(stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
  for (const line of stderr.trimEnd().split('\n')) {
    const { level, msg, time } = JSON.parse(line);
    assert.ok(level !== 'fatal' && msg !== 'forged' && time !== undefined, line);
  }
});
