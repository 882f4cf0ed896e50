// A load generator that shows a client certificate: so many keep-alive connections, each with one request in flight, until
// so many requests have been answered. Runs as a process of its own, so that its work is not counted as the gateway's.
//
//   node bench/load.ts PORT DIRECTORY CONNECTIONS REQUESTS          prints the number of answers that were not 200

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';

const [port, directory = '.', connections, requests] = process.argv.slice(2);
const read = (name: string): Buffer => readFileSync(join(directory, name));
const options: tls.ConnectionOptions = {
  host: '127.0.0.1',
  port: Number(port),
  servername: 'localhost',
  ca: read('ca.crt'),
  cert: read('client.crt'),
  key: read('client.key'),
};
const request = Buffer.from(
  'GET /bench?x=1 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nX-SSL-Client-S-DN: CN=spoofed\r\n\r\n',
);
let left = Number(requests);
let wrong = 0;

async function run(): Promise<void> {
  const socket = tls.connect(options);
  socket.setNoDelay(true);
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  await new Promise<void>((resolve, reject) => {
    let wanted = 0;
    let head = '';
    const next = (): void => {
      if (left <= 0) {
        socket.end();
        resolve();
        return;
      }
      left -= 1;
      socket.write(request);
    };
    socket.on('error', reject);
    socket.on('close', () => (left > 0 ? reject(new Error('the connection was closed')) : resolve()));
    socket.on('data', (chunk: Buffer) => {
      if (wanted > 0) {
        wanted -= chunk.length;
      } else {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end === -1) return;
        if (!head.startsWith('HTTP/1.1 200')) wrong += 1;
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        wanted = length - (head.length - end - 4);
        head = '';
      }
      if (wanted === 0) next();
    });
    next();
  });
}

await Promise.all(Array.from({ length: Number(connections) }, run));
process.stdout.write(`${wrong}\n`);
