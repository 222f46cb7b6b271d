import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimitedError } from '../errors.js';
import { networkOf } from '../shared/network.js';
import { foldCase } from '../shared/text.js';

/** How many tries of which kind within how many seconds. */
const LIMITS = {
  /** Wrong passwords for one user from one address. */
  userFromAddress: { points: 5, duration: 60 },
  /** Wrong passwords for one user from anywhere. */
  user: { points: 25, duration: 60 },
  /** Wrong passwords from one address, for whomever. */
  address: { points: 50, duration: 300 },
  /** Users made from one address. */
  registration: { points: 20, duration: 600 },
} as const;

const MOST_TRUSTED = 100_000;

/**
 * Slows down who guesses passwords, in this process. An address from which a user has signed in before is not held up
 * by what others do in the user's name: an attacker can't lock the owner out.
 */
export class Throttle {
  private readonly limiters = {
    userFromAddress: new RateLimiterMemory(LIMITS.userFromAddress),
    user: new RateLimiterMemory(LIMITS.user),
    address: new RateLimiterMemory(LIMITS.address),
    registration: new RateLimiterMemory(LIMITS.registration),
  };
  private readonly trusted = new Set<string>();

  /**
   * Lets through a check of a password; the try is counted before, so that many at once don't slip through, and taken
   * back when it was right.
   * @throws RateLimitedError
   */
  async guard<T>(username: string, address: string, check: () => Promise<T>): Promise<T> {
    const user = foldCase(username);
    const network = networkOf(address);
    const pair = `${user} ${network}`;
    const tries: [RateLimiterMemory, string][] = [
      [this.limiters.userFromAddress, pair],
      [this.limiters.address, network],
    ];
    if (!this.trusted.has(pair)) tries.push([this.limiters.user, user]);
    for (const [limiter, key] of tries) await consume(limiter, key);
    const result = await check();
    for (const [limiter, key] of tries) await limiter.reward(key);
    this.trust(pair);
    return result;
  }

  /** @throws RateLimitedError */
  async countRegistration(address: string): Promise<void> {
    await consume(this.limiters.registration, networkOf(address));
  }

  private trust(pair: string): void {
    if (this.trusted.size >= MOST_TRUSTED) this.trusted.clear();
    this.trusted.add(pair);
  }
}

async function consume(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new RateLimitedError(Math.max(1, Math.ceil(refused.msBeforeNext / 1000)));
  }
}
