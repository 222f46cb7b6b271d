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
import { type Subscriber, type SubscriptionOperations, toGraphQLError } from './subscription-operations.js';

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
  /** Of the requests that have opened connections: one has the same for all that it is asked. */
  private readonly requestIds = new WeakMap<IncomingMessage, string>();

  constructor(
    private readonly operations: SubscriptionOperations,
    private readonly rate: ClientRate,
    private readonly config: Config,
    private readonly log: Logger,
  ) {
    this.server = new WebSocketServer({ noServer: true, maxPayload: config.maxBodyBytes });
    const stalls = new Stalls(config.subscriptions.stallSeconds);
    const drop = (request: IncomingMessage) =>
      operations.drop({ requestId: this.requestIdOf(request), transport: 'websocket' });
    this.graphql = useServer(
      {
        // No message of an error goes out, whatever NODE_ENV says.
        isProd: true,
        subscribe: operations.subscribe,
        jsonMessageReviver: ofClient,
        onSubscribe: async ({ extra, connectionParams, subscriptions }, _id, payload) => {
          if (Object.keys(subscriptions).length > MOST_OF_ONE) {
            extra.socket.close(TOO_SLOW, `More than ${MOST_OF_ONE} subscriptions on one connection`);
          }
          const subscriber = this.subscriberOf(extra.request, connectionParams ?? {});
          const excess = await this.excessOf(subscriber);
          if (excess) return [excess];
          return this.operations.prepare(payload, subscriber);
        },
        onNext: ({ extra }, _id, _payload, _args, result) => {
          stalls.watch(extra.socket, () => drop(extra.request));
          if (!result.errors) return undefined;
          return { ...result, errors: this.render(result.errors, extra.request) };
        },
        onError: ({ extra }, _id, _payload, errors) => this.render(errors, extra.request),
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
        return this.server.handleUpgrade(request, socket, head, (open) => this.connect(open, request));
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

  /** How many there are. */
  get count(): number {
    return this.server.clients.size;
  }

  private connect(open: WebSocket, request: IncomingMessage): void {
    this.server.emit('connection', open, request);
    // What breaks the protocol below closes its connection, with a code that says so: the library would write it to the
    // standard error, as often as somebody likes.
    open.removeAllListeners('error');
    open.on('error', (error) => this.log.debug({ err: error, requestId: this.requestIdOf(request) }, 'WebSocket'));
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
      requestId: this.requestIdOf(request),
      transport: 'websocket',
      headers: request.headers,
      authorization: typeof given === 'string' ? given : request.headers.authorization,
      address: addressOf(request, this.config.trustedProxies),
      userAgent: request.headers['user-agent'],
    };
  }

  private requestIdOf(request: IncomingMessage): string {
    const requestId = this.requestIds.get(request) ?? requestIdOf(request.headers);
    this.requestIds.set(request, requestId);
    return requestId;
  }

  private render(errors: readonly GraphQLError[], request: IncomingMessage): GraphQLError[] {
    const requestId = this.requestIdOf(request);
    // They are written as they are: the type asks for more than a client reads.
    return errors.map((error) => this.operations.render(error, requestId)) as GraphQLError[];
  }
}

const TYPES_OF_SERVER: ReadonlySet<unknown> = new Set(['connection_ack', 'next', 'error']);

/**
 * Takes no message that only a server sends, which the library would take for a failure of its own.
 * @throws Error, which closes the connection with 4400
 */
function ofClient(key: string, value: unknown): unknown {
  const { type } = ((key === '' ? value : undefined) as { type?: unknown }) ?? {};
  if (TYPES_OF_SERVER.has(type)) throw new Error('No message of a client');
  return value;
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** Drops connections on which the last message waits for longer than it may. */
class Stalls {
  private readonly timers = new WeakMap<WebSocket, NodeJS.Timeout>();

  constructor(private readonly seconds: number) {}

  /** Called for each message: the one before it has been taken. @param dropped called where this one is not */
  watch(socket: WebSocket, dropped: () => void): void {
    clearTimeout(this.timers.get(socket));
    const timer = setTimeout(() => {
      if (socket.bufferedAmount === 0) return;
      dropped();
      socket.close(TOO_SLOW, 'Too slow: subscribe again behind the last event');
      // Who takes nothing does not take that either.
      setTimeout(() => socket.terminate(), 1000).unref();
    }, this.seconds * 1000).unref();
    this.timers.set(socket, timer);
  }
}
