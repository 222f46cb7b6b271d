import { expect, test } from 'vitest';
import { toFts5, toTsquery } from '../../src/database/search-index.js';
import { partQueryOf } from '../../src/shared/text-parts.js';

test.each([
  ['Mug', ['mug'], false],
  ['b MUG', ['b m', ' mu', 'mug'], false],
  ['anana', ['ana', 'nan'], false],
  ['y😀', ['y😀'], true],
  ['%', ['%'], true],
])('%j is looked up by its threes, or as the beginning of one', (part, grams, isBeginning) => {
  expect(partQueryOf(part)).toEqual({ grams, isBeginning });
});

test('the empty part is in every text', () => {
  expect(partQueryOf('').grams).toHaveLength(1);
});

test('a part is a query that its own characters do not change', () => {
  expect(toFts5.part(partQueryOf('" *'))).toBe('"""␠*"');
  expect(toFts5.part(partQueryOf("'"))).toBe(`"'" *`);
  expect(toTsquery.part(partQueryOf("'\\"))).toBe(String.raw`'''\\':*`);
});
