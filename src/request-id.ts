import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** The header by which a client, or a proxy in front, names a request; the answer has the same one. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** What goes into a log as it is: no line break, nothing long. */
const NAME = /^[\w.-]{1,100}$/;

/** The id of a request: the client's own where it is fit for a log, else a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers[REQUEST_ID_HEADER];
  return typeof given === 'string' && NAME.test(given) ? given : randomUUID();
}
