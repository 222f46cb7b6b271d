import { expect, test } from 'vitest';
import { findFreeSlug, LONGEST_SLUG, SLUG, toSlug } from '../../src/shared/slug.js';

test.each([
  ['Plumbus', 'plumbus'],
  ['  Portal  Gun 2.0! ', 'portal-gun-2-0'],
  ['Чайник электрический', 'chaynik-elektricheskiy'],
  ['Щётка', 'shchyotka'],
  ['Crème brûlée', 'creme-brulee'],
  ['Cre\u0300me', 'creme'],
  ['Straße', 'strasse'],
  ["Rick's `best` “coat”", 'ricks-best-coat'],
  ['--- a --- b ---', 'a-b'],
  ['!?…', 'item'],
  ['', 'item'],
])('makes a slug of "%s"', (text, slug) => {
  expect(toSlug(text)).toBe(slug);
});

test.each(['x'.repeat(255), 'щ'.repeat(255), 'a '.repeat(127), '東京'.repeat(127), '😀'.repeat(127)])(
  'keeps room for a number behind the slug of %s',
  (text) => {
    const slug = toSlug(text);
    expect(slug).toMatch(SLUG);
    expect(`${slug}-1073741824`.length).toBeLessThanOrEqual(LONGEST_SLUG);
  },
);

/** A lookup among taken slugs that counts how often it is asked. */
function lookup(taken: readonly string[]) {
  const set = new Set(taken);
  const state = { questions: 0, slugs: 0 };
  const findTaken = async (slugs: string[]) => {
    state.questions += 1;
    state.slugs += slugs.length;
    return new Set(slugs.filter((slug) => set.has(slug)));
  };
  return { findTaken, state };
}

/** base, base-2, … base-n. */
const numbered = (n: number) => Array.from({ length: n }, (_, index) => (index === 0 ? 'mug' : `mug-${index + 1}`));

test('takes the slug itself where it is free', async () => {
  const { findTaken, state } = lookup(['cup', 'mug-2']);
  expect(await findFreeSlug('mug', findTaken)).toBe('mug');
  expect(state).toEqual({ questions: 1, slugs: 1 });
});

test.each([1, 2, 3, 4, 5, 7, 8, 15, 16, 100])('adds the next number where %d are taken', async (n) => {
  expect(await findFreeSlug('mug', lookup(numbered(n)).findTaken)).toBe(`mug-${n + 1}`);
});

test('asks about a few of many slugs', async () => {
  const { findTaken, state } = lookup(numbered(5000));
  expect(await findFreeSlug('mug', findTaken)).toBe('mug-5001');
  expect(state.questions).toBeLessThanOrEqual(15);
});

test('takes a free number between taken ones', async () => {
  const slug = await findFreeSlug('mug', lookup(['mug', 'mug-2', 'mug-8']).findTaken);
  expect(['mug-3', 'mug-4']).toContain(slug);
});
