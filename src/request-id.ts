import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header by which a client, or a proxy in front, names a request; the answer has the same one. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What goes into a log as it is: no line break, nothing long. */
const NAME = /^[\w.-]{1,100}$/;

const current = new AsyncLocalStorage<string>();

/** The id of a request: the client's own where it is fit for a log, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && NAME.test(given) ? given : randomUUID();
}

/** Runs what answers a request; whatever it calls finds the request's id by `currentRequestId`. */
export const withRequestId = <T>(requestId: string, answer: () => T): T => current.run(requestId, answer);

/**
 * The id of the request that is being answered, for what is told of nothing else, as Apollo's formatting of errors.
 * Whoever has a Context takes it from there.
 */
export const currentRequestId = (): string | undefined => current.getStore();
