import { expect, test } from 'vitest';
import { SeenSlugs } from '../../src/transfer/seen-slugs.js';

test.each([0, 2, 100])('slugs are told apart with %d of them in memory', (mostInMemory) => {
  const seen = new SeenSlugs(mostInMemory);
  expect(['a', 'b', 'c', 'a', 'c'].map((slug, index) => seen.claim(slug, index + 1))).toEqual([
    undefined,
    undefined,
    undefined,
    1,
    3,
  ]);
  expect(['b', 'b', 'c', 'd', 'd', 'b'].map((slug) => seen.claimNumbered(slug, 9))).toEqual([
    'b-2',
    'b-3',
    'c-2',
    'd',
    'd-2',
    'b-4',
  ]);
  expect(seen.claim('b-3', 10)).toBe(9);
  seen.close();
});
