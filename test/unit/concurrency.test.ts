import { expect, test } from 'vitest';
import { Concurrency } from '../../src/limits/concurrency.js';

test('as many run as may, one more is refused at once, and who ends makes room, rightly or wrongly', async () => {
  const concurrency = new Concurrency(2);
  const ends: ((error?: Error) => void)[] = [];
  const run = () =>
    concurrency.run(
      () => new Promise<void>((resolve, reject) => ends.push((error) => (error ? reject(error) : resolve()))),
    );
  const [first, second] = [run(), run()];
  await expect(run()).rejects.toMatchObject({
    status: 503,
    code: 'UNAVAILABLE',
    extensions: { retryAfter: 1 },
    headers: { 'retry-after': '1' },
  });
  ends[0]?.(new Error('no'));
  await expect(first).rejects.toThrow('no');
  const third = run();
  await expect(run()).rejects.toMatchObject({ status: 503 });
  ends[1]?.();
  ends[2]?.();
  await Promise.all([second, third]);
});
