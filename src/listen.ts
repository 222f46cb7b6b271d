import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from './database/open-database.js';

/** Where a server is to listen. */
export interface Place {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The variable of the environment that says so. */
  readonly variable: string;
}

/** @returns where it listens now, such as `http://127.0.0.1:4000`; @throws StartError where the port is taken */
export function listen(server: Server, { host, port, variable }: Place): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        isTaken
          ? new StartError(`Port ${port} of ${host} is taken: set ${variable} to another one, or to 0 for any.`)
          : error,
      );
    });
    server.listen(port, host, () => resolve(addressOf(server, host)));
  });
}

function addressOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

/** Stops accepting, and lets finish what is in flight; after so many seconds it is cut off. */
export function drain(server: Server, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    // A connection that answers its last request now would be kept alive, and keep the server from closing.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(cutOff);
      clearInterval(sweep);
      resolve();
    });
  });
}
