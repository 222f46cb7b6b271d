import { ErrorCode } from '../errors.js';
import { HttpError } from '../http-error.js';

/**
 * Bounds the operations that are answered at the same time. One more is refused at once: a queue would only grow while the
 * database can't follow, and answer long after the client has given up.
 */
export class Concurrency {
  private running = 0;

  constructor(private readonly most: number) {}

  /** @throws HttpError (503, UNAVAILABLE) where there are as many as there may be */
  async run<T>(answer: () => Promise<T>): Promise<T> {
    if (this.running >= this.most) {
      const seconds = 1;
      throw new HttpError(
        503,
        ErrorCode.UNAVAILABLE,
        'The service is busy: try again.',
        { retryAfter: seconds },
        { 'retry-after': String(seconds) },
      );
    }
    this.running += 1;
    try {
      return await answer();
    } finally {
      this.running -= 1;
    }
  }
}
