import { expect, test } from 'vitest';
import { backoffSeconds } from '../../src/delivery/backoff.js';

test('the longest wait doubles up to ten minutes', () => {
  const longest = (attempts: number) => backoffSeconds(attempts, () => 1);
  expect([1, 2, 3, 9, 10, 10_000].map(longest)).toEqual([2, 4, 8, 512, 600, 600]);
});

test('a wait is anything below it', () => {
  expect(backoffSeconds(5, () => 0)).toBe(0);
  expect(backoffSeconds(5, () => 0.25)).toBe(8);
});
