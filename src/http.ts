import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ApolloServer, HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { Context } from './context.js';
import { ErrorCode } from './errors.js';
import type { KnownQueries } from './known-queries.js';
import { answerPage, isForPerson } from './pages/pages.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.js';
import { SECURITY_HEADERS } from './security-headers.js';
import { currentOperation } from './telemetry/operation-record.js';
import { answerMetrics } from './telemetry/metrics-endpoint.js';
import type { Telemetry } from './telemetry/telemetry.js';

/** What the HTTP layer hands requests on to. */
export interface Handlers {
  apollo: ApolloServer<Context>;
  known: KnownQueries;
  config: Config;
  log: Logger;
  telemetry: Telemetry;
  /** Whether the database answers and no migration is pending. */
  isReady(): Promise<boolean>;
  /** @throws UnauthenticatedError or TokenExpiredError for a token that is not good */
  createContext(client: ClientOfRequest): Promise<Context>;
  /** The same with the viewer of the last time, for statements that prove it; undefined where there is none. */
  recallContext(client: ClientOfRequest): Context | undefined;
}

/** Who sends a request, as the request says. */
export interface ClientOfRequest {
  readonly requestId: string;
  readonly authorization: string | undefined;
  /** The IP address. */
  readonly address: string;
  readonly userAgent: string | undefined;
}

/** The HTTP side of the service: the API at `/graphql`, health below `/health`, pages for a browser. */
export function createRequestListener(handlers: Handlers): RequestListener {
  return (request, response) => {
    const requestId = requestIdOf(request.headers);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    for (const name in SECURITY_HEADERS) response.setHeader(name, SECURITY_HEADERS[name] as string);
    route(request, response, requestId, handlers).catch((error: unknown) => {
      if (request.socket.destroyed) return;
      handlers.log.error({ err: error, requestId }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else sendError(response, 500, ErrorCode.INTERNAL_SERVER_ERROR, 'Internal server error');
    });
  };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  handlers: Handlers,
): Promise<void> {
  const [path = '/'] = (request.url ?? '/').split('?', 1);
  if (path === '/graphql') {
    if (isAddressTyped(request)) return void response.writeHead(302, { location: './', vary: 'accept' }).end();
    return handlers.telemetry.answering(requestId, () => answerGraphQL(request, response, requestId, handlers));
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
  if (await answerPage(path, request, response, handlers.config)) return;
  return sendError(response, 404, ErrorCode.NOT_FOUND, 'Nothing is here: the API is at /graphql.');
}

/** Whether somebody opened the API's address in a browser: the answer to that is a page. */
function isAddressTyped(request: IncomingMessage): boolean {
  return request.method === 'GET' && isForPerson(request) && !searchOf(request).includes('query=');
}

async function answerGraphQL(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  { apollo, config, known, ...handlers }: Handlers,
): Promise<void> {
  if (allowOrigin(request, response, config)) return;
  const text = await readBody(request, config.maxBodyBytes);
  if (text === undefined) {
    return sendError(response, 413, 'BAD_REQUEST', `The request is larger than ${config.maxBodyBytes} bytes.`);
  }
  currentOperation()?.start();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    return sendError(response, 400, 'BAD_REQUEST', 'The request is no JSON.');
  }
  const client = clientOf(request, requestId, config.trustedProxies);
  const isPost = request.method === 'POST';
  const knownAnswer = isPost
    ? await known.answer(request.headers, body, () => handlers.recallContext(client))
    : undefined;
  if (knownAnswer) return sendText(response, 200, knownAnswer.contentType, knownAnswer.text);
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      search: searchOf(request),
      body,
    },
    context: () => handlers.createContext(client),
  });
  const contentType = answer.headers.get('content-type');
  const isUsual = isPost && (answer.status ?? 200) === 200;
  if (isUsual && contentType) known.learnAccept(request.headers.accept, contentType);
  await sendAnswer(response, answer);
}

/** @param trustedProxies how many in front of the service add to X-Forwarded-For; what is left of theirs, anybody can write */
function clientOf({ headers, socket }: IncomingMessage, requestId: string, trustedProxies: number): ClientOfRequest {
  const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const address = trustedProxies > 0 ? forwarded.at(-trustedProxies)?.trim() : undefined;
  return {
    requestId,
    authorization: headers.authorization,
    address: address || (socket.remoteAddress ?? ''),
    userAgent: headers['user-agent'],
  };
}

const PREFLIGHT_HEADERS = 'content-type, authorization, apollo-require-preflight, x-apollo-operation-name';

/** Lets pages of the configured origins call the API. @returns whether the request was a preflight, answered herewith */
function allowOrigin(request: IncomingMessage, response: ServerResponse, { corsOrigins }: Config): boolean {
  const { origin } = request.headers;
  if (corsOrigins.length > 0) response.setHeader('vary', 'origin');
  if (origin && corsOrigins.includes(origin)) response.setHeader('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS') return false;
  response
    .writeHead(204, { 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': PREFLIGHT_HEADERS })
    .end();
  return true;
}

/** The body as text, or undefined where it is larger than allowed. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) resolve(undefined);
      else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')),
    );
    request.on('error', reject);
    request.on('close', () => {
      // An error costs its stack, and this is the end of every request.
      if (!request.complete) reject(new Error('The client went away.'));
    });
  });
}

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

async function sendAnswer(response: ServerResponse, { status, headers, body }: HTTPGraphQLResponse): Promise<void> {
  for (const [name, value] of headers) response.setHeader(name, value);
  response.statusCode = status ?? 200;
  if (body.kind === 'complete') {
    response.setHeader('content-length', Buffer.byteLength(body.string));
    response.end(body.string);
    return;
  }
  for await (const chunk of body.asyncIterator) response.write(chunk);
  response.end();
}

/** An error of the request itself, in the form of an operation's. */
function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  const requestId = response.getHeader(REQUEST_ID_HEADER);
  currentOperation()?.fail(code);
  sendJson(response, status, { errors: [{ message, extensions: { code, requestId } }] });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(value));
}

function sendText(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
