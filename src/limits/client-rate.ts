import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ErrorCode } from '../errors.js';
import { HttpError } from '../http-error.js';
import { SECOND } from '../shared/durations.js';
import { isLoopback, networkOf } from '../shared/network.js';
import type { SharedLimits } from './shared-limits.js';

/** Requests that a client may send, and in how many seconds. */
export interface ClientRateConfig {
  /** 0 for any number. */
  readonly requests: number;
  readonly seconds: number;
}

const NAME = 'requests';

/** How often the processes on one database tell each other what they have counted, in milliseconds. */
const SETTLE_EVERY = 500;

/** What a proxy says of an address may be of any length. */
const LONGEST_NAME = 64;

/**
 * Counts the requests of each client: an address, or a network of version 6.
 *
 * The machine's own addresses are not counted. Behind a proxy on it that TRUSTED_PROXIES does not name, all clients would
 * count as one.
 *
 * Where several processes share the counts, each counts by itself and adds that to the others' twice a second, for all
 * clients at once: a statement for each request would double what the database does for a small one. A client that is refused costs none.
 * While the database is away each process counts on alone.
 */
export class ClientRate {
  private readonly limiter: RateLimiterMemory | undefined;
  private readonly settling: NodeJS.Timeout | undefined;
  /** What has been let through here and the others do not know of. */
  private unsettled = new Map<string, number>();
  private isSettling = false;

  constructor({ requests, seconds }: ClientRateConfig, shared?: Pick<SharedLimits, 'add'>) {
    if (requests === 0) return;
    const limiter = new RateLimiterMemory({ points: requests, duration: seconds });
    this.limiter = limiter;
    if (shared) this.settling = setInterval(() => void this.settle(limiter, shared), SETTLE_EVERY).unref();
  }

  /** @throws HttpError (429, RATE_LIMITED) with `retryAfter`, in seconds */
  async count(address: string): Promise<void> {
    if (!this.limiter || isLoopback(address)) return;
    const client = networkOf(address).slice(0, LONGEST_NAME);
    try {
      await this.limiter.consume(client);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw tooMany(Math.max(1, Math.ceil(refused.msBeforeNext / SECOND)));
    }
    if (this.settling) note(this.unsettled, client, 1);
  }

  stop(): void {
    clearInterval(this.settling);
  }

  private async settle(limiter: RateLimiterMemory, shared: Pick<SharedLimits, 'add'>): Promise<void> {
    if (this.unsettled.size === 0 || this.isSettling) return;
    this.isSettling = true;
    const counted = this.unsettled;
    this.unsettled = new Map();
    try {
      for (const { client, points, millisecondsLeft } of await shared.add(NAME, counted, limiter.duration)) {
        await limiter.set(client, points + (this.unsettled.get(client) ?? 0), millisecondsLeft / SECOND);
      }
    } catch {
      // For the next time, but for clients whose window has ended.
      for (const [client, points] of counted) if (await limiter.get(client)) note(this.unsettled, client, points);
    } finally {
      this.isSettling = false;
    }
  }
}

const note = (counts: Map<string, number>, client: string, points: number) =>
  counts.set(client, (counts.get(client) ?? 0) + points);

const tooMany = (seconds: number) =>
  new HttpError(
    429,
    ErrorCode.RATE_LIMITED,
    `Too many requests: wait ${seconds} seconds.`,
    { retryAfter: seconds },
    { 'retry-after': String(seconds) },
  );
