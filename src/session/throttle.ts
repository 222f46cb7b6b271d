import { hash } from 'node:crypto';
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';
import { RateLimitedError } from '../errors.js';
import type { CreateLimiter } from '../limits/limiters.js';
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
  /** No limit: for how long an address is known to be a user's. */
  trusted: { points: 1, duration: 14 * 86_400 },
} as const;

type Limiters = Readonly<Record<keyof typeof LIMITS, RateLimiterAbstract>>;

/**
 * Slows down who guesses passwords. An address from which a user has signed in before is not held up by what others do in
 * the user's name: an attacker can't lock the owner out.
 */
export class Throttle {
  private readonly limiters: Limiters;

  /** @param createLimiter decides whether other processes count, too */
  constructor(createLimiter: CreateLimiter) {
    const limiter = (name: keyof typeof LIMITS) => createLimiter(`sign-in.${name}`, LIMITS[name]);
    this.limiters = {
      userFromAddress: limiter('userFromAddress'),
      user: limiter('user'),
      address: limiter('address'),
      registration: limiter('registration'),
      trusted: limiter('trusted'),
    };
  }

  /**
   * Lets through a check of a password; the try is counted before, so that many at once don't slip through, and taken
   * back when it was right.
   * @throws RateLimitedError
   */
  async guard<T>(username: string, address: string, check: () => Promise<T>): Promise<T> {
    const { trusted, ...limiters } = this.limiters;
    const user = foldCase(username);
    const network = networkOf(address);
    const pair = keyOf(user, network);
    const isTrusted = (await trusted.get(pair)) !== null;
    const tries: [RateLimiterAbstract, string][] = [
      [limiters.userFromAddress, pair],
      [limiters.address, keyOf(network)],
    ];
    if (!isTrusted) tries.push([limiters.user, keyOf(user)]);
    for (const [limiter, key] of tries) await consume(limiter, key);
    const result = await check();
    await Promise.all(tries.map(([limiter, key]) => limiter.reward(key)));
    if (!isTrusted) await trusted.set(pair, 1, trusted.duration);
    return result;
  }

  /** @throws RateLimitedError */
  async countRegistration(address: string): Promise<void> {
    await consume(this.limiters.registration, keyOf(networkOf(address)));
  }
}

/** Of one length, whatever is sent for a name; and nobody's name or address stands in a database for it. */
const keyOf = (...parts: string[]) => hash('sha256', JSON.stringify(parts), 'base64url');

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new RateLimitedError(Math.max(1, Math.ceil(refused.msBeforeNext / 1000)));
  }
}
