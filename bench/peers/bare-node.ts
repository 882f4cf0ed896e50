// No gateway at all: Node's own HTTPS server with client certificates, answering by itself.

import https from 'node:https';
import { readOrder, tlsOptions } from './peer-options.ts';

const order = readOrder();
const body = Buffer.alloc(100, 'x');
https
  .createServer(tlsOptions(order), (request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': body.length });
    response.end(body);
  })
  .listen(order.port, '127.0.0.1');
