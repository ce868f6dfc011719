/** The obvious server on node:net, to compare with. Prints its port. */

import { type AddressInfo, createServer } from 'node:net';

let number = 0n;
const server = createServer((connection) => {
  connection.on('error', () => connection.destroy());
  number += 1n;
  connection.end(`${number}\n`);
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
