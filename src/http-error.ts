import type { ErrorCode } from './errors.js';

/** Why a request is refused before there is an operation to answer. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode | 'BAD_REQUEST',
    message: string,
    /** Beside the code, such as `retryAfter`. */
    readonly extensions: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** A request that is malformed, or not as this service takes it. */
export const badRequest = (status: number, message: string): HttpError => new HttpError(status, 'BAD_REQUEST', message);
