// The service behind the gateways under measurement: as cheap as it can be, so that it does not get in the way. Answers
// every request head with a body of the given size, keep-alive. Runs as a process of its own.
//
//   node bench/backend.ts [bytes]          prints its port

import net from 'node:net';

const size = Number(process.argv[2] ?? 100);
const response = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`),
  Buffer.alloc(size, 'x'),
]);

const server = net.createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let at = rest.indexOf('\r\n\r\n'); at !== -1; at = rest.indexOf('\r\n\r\n')) {
      rest = rest.slice(at + 4);
      socket.write(response);
    }
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as net.AddressInfo).port}\n`));
