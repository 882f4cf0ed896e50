// The service behind the gateways under measurement: as cheap as it can be, so that it does not get in the way. Answers
// every request with as many bytes as its path asks for (/bytes/N), or 100; reads request bodies and throws them away.
// Runs as a process of its own.
//
//   node bench/backend.ts          prints its port

import net from 'node:net';

const responses = new Map<number, Buffer>();

function responseOf(size: number): Buffer {
  const made =
    responses.get(size) ??
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`),
      Buffer.alloc(size, 'x'),
    ]);
  responses.set(size, made);
  return made;
}

const server = net.createServer({ noDelay: true }, (socket) => {
  let head = '';
  /** Bytes of a request body that are still to come. */
  let body = 0;
  let response = responseOf(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    for (let rest = chunk; rest.length > 0; ) {
      if (body > 0) {
        const taken = Math.min(body, rest.length);
        body -= taken;
        rest = rest.subarray(taken);
        if (body === 0) socket.write(response);
        continue;
      }
      const before = head.length;
      head += rest.toString('latin1');
      const end = head.indexOf('\r\n\r\n', Math.max(0, before - 3));
      if (end === -1) return;
      rest = rest.subarray(end + 4 - before);
      response = responseOf(Number(/^[A-Z]+ \/bytes\/(\d+)/.exec(head)?.[1] ?? 100));
      body = Number(/\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1] ?? 0);
      head = '';
      if (body === 0) socket.write(response);
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as net.AddressInfo).port}\n`));
