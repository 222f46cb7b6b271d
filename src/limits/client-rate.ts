import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ErrorCode } from '../errors.js';
import { HttpError } from '../http-error.js';
import { isLoopback, networkOf } from '../shared/network.js';

/** Requests that a client may send, and in how many seconds. */
export interface ClientRateConfig {
  /** 0 for any number. */
  readonly requests: number;
  readonly seconds: number;
}

/**
 * Counts the requests of each client: an address, or a network of version 6.
 *
 * The machine's own addresses are not counted. Behind a proxy on it that TRUSTED_PROXIES does not name, all clients would
 * count as one.
 */
export class ClientRate {
  private readonly limiter: RateLimiterMemory | undefined;

  constructor({ requests, seconds }: ClientRateConfig) {
    this.limiter = requests > 0 ? new RateLimiterMemory({ points: requests, duration: seconds }) : undefined;
  }

  /** @throws HttpError (429, RATE_LIMITED) with `retryAfter`, in seconds */
  async count(address: string): Promise<void> {
    if (!this.limiter || isLoopback(address)) return;
    try {
      await this.limiter.consume(networkOf(address));
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw tooMany(Math.max(1, Math.ceil(refused.msBeforeNext / 1000)));
    }
  }
}

const tooMany = (seconds: number) =>
  new HttpError(
    429,
    ErrorCode.RATE_LIMITED,
    `Too many requests: wait ${seconds} seconds.`,
    { retryAfter: seconds },
    { 'retry-after': String(seconds) },
  );
