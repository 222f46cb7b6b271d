import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What becomes of what a client sends: it goes on, or on but without an answer, or the connection ends instead, or nothing happens at all. */
export type Passage = 'pass' | 'lose answer' | 'cut' | 'hold';

/** A network between a service and its database, which a test may disturb. */
export class TcpProxy {
  /** Asked at each message of a client's. */
  decide: (message: Buffer, client: Socket) => Passage = () => 'pass';
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(port: number, host: string): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => proxy.join(client, connect(port, host)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket, database: Socket): void {
    let isAnswerLost = false;
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (message) => {
      const passage = this.decide(message, client);
      if (passage === 'cut') client.destroy();
      if (passage === 'lose answer') isAnswerLost = true;
      if (passage === 'pass' || passage === 'lose answer') database.write(message);
    });
    database.on('data', (answer) => {
      if (isAnswerLost) client.destroy();
      else client.write(answer);
    });
  }
}
