import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { ErrorCode } from './errors.js';
import { HttpError } from './http-error.js';

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers':
    'content-type, authorization, x-request-id, graphql-cost, idempotency-key, apollo-require-preflight, x-apollo-operation-name, last-event-id',
  'access-control-max-age': '7200',
};

/** Lets pages of the configured origins call the API. @returns whether the request was a preflight, answered herewith */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin && origins.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
  }
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(204, PREFLIGHT).end();
  return true;
}

/** Custom headers: a browser asks before it sends one to another origin. */
const ASKED_FOR = ['apollo-require-preflight', 'x-apollo-operation-name'];

/**
 * Refuses a GET that another page makes the browser send, as a link, an image or a script would. It could not read the
 * answer, but tell by the time how long it took. Whoever is no browser says nothing of pages, and is let through.
 * @throws HttpError
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function assertOwnPage(headers: IncomingHttpHeaders, origins: readonly string[]): void {
  const site = headers['sec-fetch-site'];
  if (site !== 'cross-site' && site !== 'same-site') return;
  if (headers.origin && origins.includes(headers.origin)) return;
  if (ASKED_FOR.some((name) => headers[name])) return;
  throw new HttpError(403, ErrorCode.FORBIDDEN, 'Pages of this origin may not call the API: see CORS_ORIGINS.');
}
