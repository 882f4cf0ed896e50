// Plain Fastify with @fastify/http-proxy, as its README shows it.

import type { IncomingMessage } from 'node:http';
import httpProxy from '@fastify/http-proxy';
import fastify from 'fastify';
import { accessLog, forwardedFields, idleTimeoutMs, readOrder, tlsOptions } from './peer-options.ts';

const order = readOrder();
const log = accessLog(order);
const app = fastify({ https: tlsOptions(order), keepAliveTimeout: idleTimeoutMs, bodyLimit: 1 << 30 });
app.addHook('onResponse', (request, reply, done) => {
  log(request.raw, reply.raw);
  done();
});
await app.register(httpProxy, {
  upstream: `http://127.0.0.1:${order.backendPort}`,
  replyOptions: {
    rewriteRequestHeaders: (request, headers) => ({ ...headers, ...forwardedFields(request.raw as IncomingMessage) }),
  },
});
await app.listen({ host: '127.0.0.1', port: order.port });
