import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { Context } from './context.js';
import { encode, encodingFor } from './compression.js';
import { allowOrigin, assertOwnPage } from './cors.js';
import type { Deadline } from './database/time-limit.js';
import { ErrorCode } from './errors.js';
import { HttpError } from './http-error.js';
import { IDEMPOTENCY_KEY_HEADER } from './idempotency/repeatable-request.js';
import { KnownFailure, type KnownOperations } from './known-operations.js';
import type { ClientRate } from './limits/client-rate.js';
import type { Concurrency } from './limits/concurrency.js';
import type { OperationRegistry } from './operation/operation-registry.js';
import { answerPage, isForPerson } from './pages/pages.js';
import { readJsonBody } from './request-body.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { answerMetrics } from './telemetry/metrics-endpoint.js';
import { currentOperation } from './telemetry/operation-record.js';
import { asksForEventStream, type EventStreams } from './subscription/event-streams.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What the HTTP layer hands requests on to. */
export interface Handlers {
  apollo: ApolloServer<Context>;
  known: KnownOperations;
  config: Config;
  log: Logger;
  telemetry: Telemetry;
  registry: OperationRegistry;
  rate: ClientRate;
  concurrency: Concurrency;
  subscriptions: EventStreams;
  /** Whether the database answers and no migration is pending. */
  isReady(): Promise<boolean>;
  /**
   * @param failure what the operation has failed with already
   * @throws UnauthenticatedError or TokenExpiredError for a token that is not good
   */
  createContext(client: ClientOfRequest, failure?: KnownFailure): Promise<Context>;
  /** For texts in place of values, with the viewer of the last time, for statements that prove it; undefined where there is none. */
  recallContext(client: ClientOfRequest): Context | undefined;
}

/** Who sends a request, as the request says. */
export interface ClientOfRequest {
  readonly requestId: string;
  readonly authorization: string | undefined;
  /** The IP address. */
  readonly address: string;
  readonly userAgent: string | undefined;
  /** When the operation has to be answered. */
  readonly deadline: Deadline;
  readonly idempotencyKey: string | undefined;
  /** The last event that a subscriber which connects again has had. */
  readonly lastEventId?: string | undefined;
}

/** The HTTP side of the service: the API at `/graphql`, subscriptions as event streams among it, health below `/health`, pages for a browser. */
export function createRequestListener(handlers: Handlers): RequestListener {
  const headers = Object.entries({ ...SECURITY_HEADERS, ...ANSWER_HEADERS }) as [string, string][];
  return (request, response) => {
    const requestId = requestIdOf(request.headers);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    for (const [name, value] of headers) response.setHeader(name, value);
    route(request, response, requestId, handlers).catch((error: unknown) => {
      if (error instanceof HttpError) return sendError(response, error);
      if (request.socket.destroyed) return undefined;
      handlers.log.error({ err: error, requestId }, 'unexpected error');
      if (response.headersSent) return void response.destroy();
      return sendError(response, new HttpError(500, ErrorCode.INTERNAL_SERVER_ERROR, 'Internal server error'));
    });
  };
}

/** An answer depends on these of the client's, and is the client's alone. */
const ANSWER_HEADERS = { vary: 'accept, accept-encoding, origin', 'cache-control': 'no-store' };

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  handlers: Handlers,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path === '/graphql') {
    if (isAddressTyped(request)) return void response.writeHead(302, { location: './', vary: 'accept' }).end();
    return handlers.telemetry.answering(requestId, request, response, () =>
      answerGraphQL(request, response, requestId, handlers),
    );
  }
  if (path === '/health/live') return sendJson(response, 200, { status: 'live' });
  if (path === '/health/ready') {
    const isReady = await handlers.isReady();
    return sendJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'unavailable' });
  }
  const { metrics } = handlers.telemetry;
  const settings = handlers.config.metrics;
  if (path === '/metrics' && metrics && settings?.port === undefined) {
    return answerMetrics(request, response, metrics, settings?.token);
  }
  if (path === '/explorer/operations' && handlers.config.onlyRegisteredOperations) {
    return sendJson(response, 200, { operations: await operationsForExplorer(handlers) });
  }
  if (await answerPage(path, request, response, handlers.config)) return;
  throw new HttpError(404, ErrorCode.NOT_FOUND, 'Nothing is here: the API is at /graphql.');
}

/** What the explorer offers where nothing else is answered; null where the schema, which they are written in, is not told. */
const operationsForExplorer = async ({ config, registry }: Handlers) =>
  config.schemaDetails.introspection ? (await registry.list()).map(({ name, text }) => ({ name, text })) : null;

/** Whether somebody opened the API's address in a browser: the answer to that is a page. */
function isAddressTyped(request: IncomingMessage): boolean {
  return request.method === 'GET' && isForPerson(request) && !searchOf(request).includes('query=');
}

async function answerGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  handlers: Handlers,
): Promise<void> {
  const { config, rate, concurrency, registry } = handlers;
  if (allowOrigin(request, response, config.corsOrigins)) return;
  const address = addressOf(request, config.trustedProxies);
  await rate.count(address);
  const body = await readOperation(request, config);
  if (asksForEventStream(request)) {
    const search = body === undefined ? await registry.resolveSearch(searchOf(request)) : '';
    return handlers.subscriptions.answer(request, response, {
      body: await registry.resolve(body),
      search,
      requestId,
      address,
    });
  }
  currentOperation()?.start();
  const client = {
    requestId,
    address,
    authorization: request.headers.authorization,
    userAgent: request.headers['user-agent'],
    idempotencyKey: request.headers[IDEMPOTENCY_KEY_HEADER] as string | undefined,
    deadline: performance.now() + config.operationTimeoutMs,
  };
  const answer = await concurrency.run(async () => {
    const search = body === undefined ? await registry.resolveSearch(searchOf(request)) : '';
    return answerOperation(request, await registry.resolve(body), search, client, handlers);
  });
  await sendAnswer(request, response, answer, config.compressionMinBytes);
}

/** What a request brings beside its URL. @throws HttpError */
async function readOperation(request: IncomingMessage, config: Config): Promise<unknown> {
  if (request.method === 'POST') return readJsonBody(request, config.maxBodyBytes);
  if (request.method !== 'GET') {
    throw new HttpError(405, 'BAD_REQUEST', 'The API takes GET and POST.', {}, { allow: 'GET, POST' });
  }
  if (searchOf(request)) assertOwnPage(request.headers, config.corsOrigins);
  return undefined;
}

/** An answer before it is encoded. */
interface Answer {
  readonly status: number;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  readonly body: HTTPGraphQLResponse['body'];
}

async function answerOperation(
  request: IncomingMessage,
  body: unknown,
  search: string,
  client: ClientOfRequest,
  { apollo, known, ...handlers }: Handlers,
): Promise<Answer> {
  const isPost = request.method === 'POST';
  const answered = isPost ? await known.answer(request.headers, body, () => handlers.recallContext(client)) : undefined;
  const failure = answered instanceof KnownFailure ? answered : undefined;
  if (answered && !(answered instanceof KnownFailure)) {
    const headers = [['content-type', answered.contentType]] as const;
    return { status: 200, headers, body: { kind: 'complete', string: answered.text } };
  }
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      search,
      body,
    },
    context: () => handlers.createContext(client, failure),
  });
  const { status = 200, headers } = answer;
  const contentType = headers.get('content-type');
  if (isPost && status === 200 && contentType) known.learnAccept(request.headers.accept, contentType);
  return { status, headers, body: answer.body };
}

/** The client's IP address. @param trustedProxies how many in front of the service add to X-Forwarded-For; what is left of theirs, anybody can write */
export function addressOf({ headers, socket }: IncomingMessage, trustedProxies: number): string {
  return (trustedProxies > 0 && forwardedFor(headers).at(-trustedProxies)?.trim()) || (socket.remoteAddress ?? '');
}

const forwardedFor = ({ 'x-forwarded-for': addresses = [] }: IncomingHttpHeaders): string[] =>
  [addresses].flat().join(',').split(',');

function headersOf({ headers }: IncomingMessage): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

function searchOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  compressionMinBytes: number,
): Promise<void> {
  for (const [name, value] of headers) response.setHeader(name, value);
  response.statusCode = status;
  if (body.kind === 'chunked') {
    for await (const chunk of body.asyncIterator) response.write(chunk);
    response.end();
    return;
  }
  const isLarge = body.string.length >= compressionMinBytes;
  const encoding = isLarge ? encodingFor(request.headers['accept-encoding']) : undefined;
  if (!encoding) return sendText(response, body.string);
  const bytes = await encode(body.string, encoding);
  response.setHeader('content-encoding', encoding);
  response.setHeader('content-length', bytes.length);
  response.end(bytes);
}

/** An error of the request itself, in the form of an operation's. */
function sendError(response: ServerResponse, { status, code, message, extensions, headers }: HttpError): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  const requestId = response.getHeader(REQUEST_ID_HEADER);
  sendJson(response, status, { errors: [{ message, extensions: { code, ...extensions, requestId } }] });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  sendText(response, JSON.stringify(value));
}

/**
 * Answers of one turn of the event loop are written together, at its end: a client that sleeps is woken by a write, and
 * the next request's work is slowed down by each waking in between.
 */
function sendText(response: ServerResponse, text: string): void {
  response.setHeader('content-length', Buffer.byteLength(text));
  setImmediate(() => response.end(text));
}
