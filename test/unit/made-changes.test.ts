import { expect, test } from 'vitest';
import { madeChange, madeChanges } from '../../src/event/made-changes.js';
import { TRACKED_TABLES } from '../../src/event/tracked-tables.js';

const { fields } = TRACKED_TABLES.products;

test('says what is there, in the order of the fields and as the API writes it', () => {
  const changes = madeChanges(fields, {
    name: 'A "b"\n',
    slug: 'a-b',
    description: null,
    priceShmeckles: 5,
    priceFlurbos: 1_234_560,
    stock: 0,
    rating: 4.5,
    isActive: false,
  });
  expect(JSON.parse(`[${changes},${madeChange('categoryId', '"7"')}]`)).toEqual(
    [
      ['name', 'A "b"\n'],
      ['slug', 'a-b'],
      ['priceShmeckles', '0.05'],
      ['priceFlurbos', '12345.60'],
      ['stock', 0],
      ['rating', 4.5],
      ['isActive', false],
      ['categoryId', '7'],
    ].map(([field, after]) => ({ field, before: null, after })),
  );
});

test.each([0, 5, 4.5, 0.0001, 3.1234])('writes the rating %d', (rating) => {
  expect(madeChanges(fields, { rating })).toBe(madeChange('rating', String(rating)));
});

test.each([-0, 0.1 + 0.2, 0.00001, 1 / 3])('leaves the rating %d to the database', (rating) => {
  expect(madeChanges(fields, { name: 'A', rating })).toBeUndefined();
});
