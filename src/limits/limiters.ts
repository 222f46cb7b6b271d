import { type RateLimiterAbstract, RateLimiterMemory } from 'rate-limiter-flexible';

/** How much may be used within how many seconds. */
export interface Limit {
  readonly points: number;
  readonly duration: number;
}

/** Makes what counts by a limit; the name tells it from others. */
export type CreateLimiter = (name: string, limit: Limit) => RateLimiterAbstract;

/** Counts within this process. */
export const limiterInMemory: CreateLimiter = (name, limit) => new RateLimiterMemory({ ...limit, keyPrefix: name });
