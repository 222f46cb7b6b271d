import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Config } from '../config.js';
import { addressOf } from '../http.js';
import { HttpError } from '../http-error.js';
import type { ClientRate } from '../limits/client-rate.js';
import { requestIdOf } from '../request-id.js';
import { isRefusal, type Subscriber, type SubscriptionOperations, toGraphQLError } from './subscription-operations.js';

/** The close code for a client that does not take what it is sent: it may come again, behind the last event it has. */
export const TOO_SLOW = 4429;
/** Subscriptions of one connection. */
const MOST_OF_ONE = 50;

/**
 * Subscriptions over WebSocket. A message goes out when the one before it was taken: a client that is slow costs one at
 * most, and one that takes nothing is dropped.
 * @see https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md
 */
export class WebSockets {
  private readonly server: WebSocketServer;
  private readonly graphql: { dispose(): void | Promise<void> };
  private readonly requestIds = new WeakMap<object, string>();

  constructor(
    private readonly operations: SubscriptionOperations,
    private readonly rate: ClientRate,
    private readonly config: Config,
    private readonly log: Logger,
  ) {
    this.server = new WebSocketServer({ noServer: true, maxPayload: config.maxBodyBytes });
    const stalls = new Stalls(config.subscriptions.stallSeconds);
    this.graphql = useServer(
      {
        onSubscribe: async ({ extra, connectionParams, subscriptions }, _id, payload) => {
          if (Object.keys(subscriptions).length > MOST_OF_ONE) {
            extra.socket.close(TOO_SLOW, `More than ${MOST_OF_ONE} subscriptions on one connection`);
          }
          const subscriber = this.subscriberOf(extra.request, connectionParams ?? {});
          const excess = await this.excessOf(subscriber);
          if (excess) return [excess];
          const prepared = await this.operations.prepare(payload, subscriber);
          if (!isRefusal(prepared)) this.requestIds.set(prepared, subscriber.requestId);
          return prepared;
        },
        onNext: ({ extra }, _id, _payload, args, result) => {
          stalls.watch(extra.socket);
          if (!result.errors) return undefined;
          return { ...result, errors: this.render(result.errors, this.requestIds.get(args)) };
        },
        onError: ({ extra }, _id, _payload, errors) => this.render(errors, requestIdOf(extra.request.headers)),
      },
      this.server,
    );
  }

  /** For the event `upgrade` of the HTTP server. */
  readonly accept = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // A client that goes away while it is answered.
    socket.on('error', () => socket.destroy());
    this.refusalOf(request)
      .then((refusal) => {
        if (refusal) return refuse(socket, refusal);
        return this.server.handleUpgrade(request, socket, head, (open) =>
          this.server.emit('connection', open, request),
        );
      })
      .catch((error: unknown) => {
        this.log.error({ err: error }, 'unexpected error');
        socket.destroy();
      });
  };

  /** Closes all with 1001; a client that does not answer to that is cut off. */
  async stop(seconds: number): Promise<void> {
    const clients = [...this.server.clients];
    const cutOff = setTimeout(() => clients.forEach((client) => client.terminate()), seconds * 1000);
    await this.graphql.dispose();
    clearTimeout(cutOff);
  }

  /** Each subscription counts as a request. */
  private async excessOf({ address }: Subscriber): Promise<GraphQLError | undefined> {
    try {
      await this.rate.count(address);
      return undefined;
    } catch (error) {
      return toGraphQLError(error);
    }
  }

  /** @returns the status of the answer in place of a connection; undefined where there is to be one */
  private async refusalOf(request: IncomingMessage): Promise<number | undefined> {
    const [path] = (request.url ?? '').split('?', 1);
    if (path !== '/graphql') return 404;
    if (!this.isOwnPage(request)) return 403;
    try {
      await this.rate.count(addressOf(request, this.config.trustedProxies));
      return undefined;
    } catch (error) {
      if (error instanceof HttpError) return error.status;
      throw error;
    }
  }

  /** A browser connects pages of any origin without a question asked. */
  private isOwnPage({ headers: { origin, host } }: IncomingMessage): boolean {
    return origin === undefined || URL.parse(origin)?.host === host || this.config.corsOrigins.includes(origin);
  }

  private subscriberOf(request: IncomingMessage, params: Readonly<Record<string, unknown>>): Subscriber {
    const given = params['authorization'] ?? params['Authorization'];
    return {
      requestId: requestIdOf(request.headers),
      authorization: typeof given === 'string' ? given : request.headers.authorization,
      address: addressOf(request, this.config.trustedProxies),
      userAgent: request.headers['user-agent'],
    };
  }

  private render(errors: readonly GraphQLError[], requestId = ''): GraphQLError[] {
    // They are written as they are: the type asks for more than a client reads.
    return errors.map((error) => this.operations.render(error, requestId)) as GraphQLError[];
  }
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Drops connections on which the last message waits for longer than it may. */
class Stalls {
  private readonly timers = new WeakMap<WebSocket, NodeJS.Timeout>();

  constructor(private readonly seconds: number) {}

  /** Called for each message: the one before it has been taken. */
  watch(socket: WebSocket): void {
    clearTimeout(this.timers.get(socket));
    const timer = setTimeout(() => {
      if (socket.bufferedAmount === 0) return;
      socket.close(TOO_SLOW, 'Too slow: subscribe again behind the last event');
      // Who takes nothing does not take that either.
      setTimeout(() => socket.terminate(), 1000).unref();
    }, this.seconds * 1000).unref();
    this.timers.set(socket, timer);
  }
}
