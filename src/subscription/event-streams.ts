import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql';
import {
  createHandler,
  type Handler,
  type HandlerOptions,
  type OperationArgs,
  type OperationContext,
  type OperationResult,
  type RequestParams,
} from 'graphql-sse';
import type { Context } from '../context.js';
import { isRefusal, type Subscriber, type SubscriptionOperations } from './subscription-operations.js';

/** A request for an event stream, after the checks that all requests go through. */
interface StreamRequest extends Pick<Subscriber, 'requestId' | 'address'> {
  /** With the operation's text; undefined for GET. */
  readonly body: unknown;
  /** The same, where it stands behind the path. */
  readonly search: string;
}

interface Stream extends StreamRequest {
  readonly response: ServerResponse;
  /** The event that each message tells of, for those that are not written yet. */
  readonly eventIds: (string | undefined)[];
}

/** Whether a client wants a stream before anything else; some name it last, for answers that are none. */
export const asksForEventStream = ({ headers: { accept = '' } }: IncomingMessage): boolean =>
  /^text\/event-stream\b/i.test(accept);

/**
 * Subscriptions as server-sent events, each on a connection of its own. The next event is read when the client has taken
 * the one before it; one that takes nothing is dropped.
 * @see https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode
 */
export class EventStreams {
  private readonly handle: Handler<IncomingMessage, Stream>;

  constructor(
    private readonly operations: SubscriptionOperations,
    private readonly stallSeconds: number,
  ) {
    this.handle = createHandler<IncomingMessage, Stream, OperationContext>({
      // No token: no connection that several operations share.
      authenticate: () => null,
      subscribe: this.operations.subscribe as HandlerOptions<IncomingMessage, Stream, OperationContext>['subscribe'],
      onSubscribe: ({ raw, context }, params) => this.subscribe(raw, context, params),
      onNext: async (context, { context: { response, requestId, eventIds } }, result) => {
        await this.taken(response, requestId);
        eventIds.push((context as Partial<Context> | undefined)?.lastEventId);
        return this.rendered(result as ExecutionResult, requestId);
      },
    });
  }

  /** Answers until the subscription, or the connection, ends. */
  async answer(request: IncomingMessage, response: ServerResponse, stream: StreamRequest): Promise<void> {
    const { method = 'GET', headers } = request;
    const accept = 'text/event-stream';
    const context: Stream = { ...stream, response, eventIds: [] };
    const [body, { status }] = await this.handle({
      method,
      url: `/graphql${stream.search}`,
      headers: { get: (name) => (name === 'accept' ? accept : headers[name]?.toString()) },
      body: stream.body as Record<string, unknown>,
      raw: request,
      context,
    });
    const isStream = body !== null && typeof body !== 'string';
    // A proxy that gathers answers would hold events back.
    const contentType = { 'content-type': isStream ? `${accept}; charset=utf-8` : 'application/json; charset=utf-8' };
    response.writeHead(status, { ...contentType, ...(isStream && { 'x-accel-buffering': 'no' }) });
    if (!isStream) return void response.end(body);
    await this.send(body, context);
  }

  private async send(body: AsyncGenerator<string>, { response, eventIds, requestId }: Stream): Promise<void> {
    const leave = () => void body.return(undefined);
    response.once('close', leave);
    if (response.destroyed) leave();
    for await (const message of body) {
      if (!response.writable) break;
      const eventId = message.startsWith('event: next') ? eventIds.shift() : undefined;
      response.write(eventId === undefined ? message : `id: ${eventId}\n${message}`);
      await this.taken(response, requestId);
    }
    response.end();
  }

  private async subscribe(
    { headers }: IncomingMessage,
    { requestId, address }: Stream,
    params: RequestParams,
  ): Promise<OperationResult | OperationArgs<OperationContext>> {
    const subscriber: Subscriber = {
      requestId,
      address,
      transport: 'sse',
      headers,
      authorization: headers.authorization,
      userAgent: headers['user-agent'],
      lastEventId: headers['last-event-id']?.toString(),
    };
    const prepared = await this.operations.prepare(params, subscriber);
    if (isRefusal(prepared)) return once({ errors: prepared });
    // The library's type for contexts leaves classes out.
    return prepared as ExecutionArgs as OperationArgs<OperationContext>;
  }

  /** Waits until a client has taken what it was sent; one that does not in time is dropped. */
  private async taken(response: ServerResponse, requestId: string): Promise<void> {
    if (!response.writableNeedDrain || response.destroyed) return;
    const drop = setTimeout(() => {
      if (response.destroyed) return;
      this.operations.drop({ requestId, transport: 'sse' });
      response.destroy();
    }, this.stallSeconds * 1000);
    await new Promise<void>((resolve) => {
      const done = () => {
        response.off('drain', done).off('close', done);
        resolve();
      };
      response.once('drain', done).once('close', done);
    });
    clearTimeout(drop);
  }

  private rendered(result: ExecutionResult, requestId: string): ExecutionResult | undefined {
    if (!result.errors) return undefined;
    const errors = result.errors.map((error) => this.operations.render(error, requestId)) as GraphQLError[];
    return { ...result, errors };
  }
}

async function* once(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}
