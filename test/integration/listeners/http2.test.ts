// HTTP/2 is offered in the handshake where an address says `http2: true`, and nowhere else; its connections begin and end
// by the same rules as those of HTTP/1.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http2, { type ClientHttp2Session } from 'node:http2';
import { after, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { curl } from '../../support/curl.ts';
import { exchangeHttp2 } from '../../support/http2-exchange.ts';
import { makeCertificates } from '../../support/mutual-tls.ts';
import { createRecordingBackend } from '../../support/recording-backend.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const certificates = makeCertificates({ after });
const { directory } = certificates;

interface Options {
  readonly limits?: object;
  /** Of the slow route. */
  readonly upstream?: string;
}

/** The same server on an address with HTTP/2 and on one without. */
function start(t: TestContext, { limits = {}, upstream = 'http://127.0.0.1:9' }: Options = {}) {
  const server = {
    listen: [{ address: '127.0.0.1:0', http2: true }, '127.0.0.2:0'],
    tls: { certificate: 'server.crt', key: 'server.key', clients: { ca: 'ca.crt' } },
    routes: [
      { path: '/', respond: { body: '$server_protocol $http2 $ssl_client_s_dn' } },
      { exact: '/slow', upstream },
    ],
  };
  return startTestGateway(t, directory, JSON.stringify({ servers: [server], limits, log: { access: 'off' } }));
}

async function connect(t: TestContext, port: number, options = certificates.clientA): Promise<ClientHttp2Session> {
  const session = http2.connect(`https://localhost:${port}`, { host: '127.0.0.1', ...options });
  t.after(() => session.destroy());
  session.on('error', () => {});
  return session;
}

const asClient = ['--cacert', 'ca.crt', '--cert', 'client-a.crt', '--key', 'client-a.key'].map((word) =>
  word.startsWith('--') ? word : `${directory}/${word}`,
);

test('curl gets HTTP/2 where it is offered, HTTP/1.1 elsewhere, and may choose', async (t) => {
  const gateway = await start(t);
  const ask = (address: string, index: number, ...args: string[]) => {
    const url = `https://localhost:${gateway.port(index)}/`;
    return curl(...asClient, '--resolve', `localhost:${gateway.port(index)}:${address}`, ...args, url);
  };
  assert.equal((await ask('127.0.0.1', 0, '--http2')).body, 'HTTP/2.0 h2 CN=client-a,O=Company A');
  assert.equal((await ask('127.0.0.1', 0, '--http1.1')).body, 'HTTP/1.1  CN=client-a,O=Company A');
  assert.equal((await ask('127.0.0.2', 1, '--http2')).body, 'HTTP/1.1  CN=client-a,O=Company A');
});

test('what is agreed on in the handshake', async (t) => {
  const gateway = await start(t);
  const agreed = async (host: string, index: number, offered: string[] | undefined) => {
    const socket = tls.connect({
      host,
      port: gateway.port(index),
      ...certificates.clientA,
      ...(offered === undefined ? {} : { ALPNProtocols: offered }),
    });
    t.after(() => socket.destroy());
    return once(socket, 'secureConnect').then(
      () => socket.alpnProtocol,
      (error) => error.code,
    );
  };
  assert.equal(await agreed('127.0.0.1', 0, ['h2', 'http/1.1']), 'h2');
  assert.equal(await agreed('127.0.0.1', 0, ['http/1.1', 'h2']), 'h2');
  assert.equal(await agreed('127.0.0.1', 0, ['http/1.1']), 'http/1.1');
  assert.equal(await agreed('127.0.0.1', 0, undefined), false);
  assert.equal(await agreed('127.0.0.2', 1, ['h2', 'http/1.1']), 'http/1.1');
  // RFC 7301 section 3.2: nothing in common is an alert.
  assert.equal(await agreed('127.0.0.2', 1, ['h2']), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
});

test('a client without a certificate gets no further than with HTTP/1', async (t) => {
  const gateway = await start(t);
  const session = await connect(t, gateway.port(), certificates.nobody);
  const { status, error } = await exchangeHttp2(session, {});
  assert.equal(status, 0);
  assert.notEqual(error, undefined);
  await gateway.lineWhere(({ code }) => code === 'client-certificate-missing');
});

test('a stop lets streams in flight finish, and says GOAWAY for the rest', async (t) => {
  const backend = await createRecordingBackend(t, { respond: () => undefined });
  const gateway = await start(t, { upstream: backend.url });
  const session = await connect(t, gateway.port());
  const goaway = once(session, 'goaway');
  const slow = exchangeHttp2(session, { ':path': '/slow' });
  await backend.untilHeads(1);
  const drained = gateway.running.drain();
  assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
  backend.connections[0]?.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone');
  const { status, body } = await slow;
  assert.deepEqual([status, body.toString()], [200, 'done']);
  await drained;
});

test('maxRequestsPerConnection ends a session after its last request', async (t) => {
  const gateway = await start(t, { limits: { maxRequestsPerConnection: 2 } });
  const session = await connect(t, gateway.port());
  const closed = once(session, 'close');
  const answers = await Promise.all([exchangeHttp2(session, {}), exchangeHttp2(session, {})]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  await closed;
});

test('an idle session is closed after idleTimeout', async (t) => {
  const gateway = await start(t, { limits: { idleTimeout: '200ms' } });
  const session = await connect(t, gateway.port());
  const goaway = once(session, 'goaway');
  const closed = once(session, 'close');
  assert.equal((await exchangeHttp2(session, {})).status, 200);
  assert.equal((await goaway)[0], http2.constants.NGHTTP2_NO_ERROR);
  await closed;
});

test('no more streams at once than http2MaxConcurrentStreams', async (t) => {
  const gateway = await start(t, { limits: { http2MaxConcurrentStreams: 7 } });
  const session = await connect(t, gateway.port());
  const [settings] = await once(session, 'remoteSettings');
  assert.equal(settings.maxConcurrentStreams, 7);
});

test('a reload changes the limits of sessions that come after it', async (t) => {
  const gateway = await start(t, { limits: { http2MaxConcurrentStreams: 7 } });
  const config = JSON.parse(readFileSync(gateway.configFile, 'utf8'));
  assert.ok(await gateway.reconfigure(JSON.stringify({ ...config, limits: { http2MaxConcurrentStreams: 8 } })));
  const session = await connect(t, gateway.port());
  const [settings] = await once(session, 'remoteSettings');
  assert.equal(settings.maxConcurrentStreams, 8);
});
