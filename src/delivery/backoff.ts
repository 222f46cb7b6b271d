const FIRST_SECONDS = 1;
/** Between two tries of one message. */
const LONGEST_SECONDS = 600;

/**
 * Seconds until the next try: twice the time at each failure up to a limit, and anything below that by chance, so that
 * what failed together does not come back together.
 * @param attempts tries so far, at least one
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ ("full jitter")
 */
export function backoffSeconds(attempts: number, random: () => number = Math.random): number {
  return random() * Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(attempts, 30));
}
