// http-proxy-middleware behind Node's own HTTPS server, with connections to the backend kept.

import http from 'node:http';
import https from 'node:https';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { accessLog, forwardedFields, readOrder, tlsOptions } from './peer-options.ts';

const order = readOrder();
const log = accessLog(order);
const proxy = createProxyMiddleware({
  target: `http://127.0.0.1:${order.backendPort}`,
  agent: new http.Agent({ keepAlive: true, maxFreeSockets: 64 }),
  on: {
    proxyReq(toBackend, request) {
      for (const [name, value] of Object.entries(forwardedFields(request))) toBackend.setHeader(name, value);
    },
  },
});
https
  .createServer(tlsOptions(order), (request, response) => {
    response.once('finish', () => log(request, response));
    void proxy(request, response);
  })
  .listen(order.port, '127.0.0.1');
