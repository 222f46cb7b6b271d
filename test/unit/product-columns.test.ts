import { expect, test } from 'vitest';
import { ProductColumnsBuilder, toColumns, toRows } from '../../src/transfer/product-columns.js';
import type { GoodRow } from '../../src/transfer/records.js';

const row = (
  fields: Partial<GoodRow<'product'>['record']>,
  rest: Partial<GoodRow<'product'>> = {},
): GoodRow<'product'> => ({
  kind: 'product',
  place: { line: 1 },
  record: { slug: 'a', name: 'A', priceShmeckles: 1, priceFlurbos: 2, ...fields },
  origin: {},
  names: { slug: 'Handle' },
  ...rest,
});

test('gives back the rows that it was made of', () => {
  const rows = [
    row({ category: { slug: 'c' }, tags: [{ slug: 't' }, { name: 'T' }], stock: 3, description: null }),
    row({ slug: 'b', category: null, tags: [] }, { place: { line: 1, record: 2 }, origin: { id: 7, version: 2 } }),
    row({ slug: 'c', category: { slug: 'c' }, tags: [{ name: 'T' }], isActive: false, rating: 4.5 }),
  ];
  expect(toRows(toColumns(rows))).toEqual(rows);
});

test('names each category and tag once', () => {
  const tags = [{ slug: 't' }, { slug: 't', name: 'T' }];
  const columns = toColumns([row({ category: { slug: 'c' }, tags }), row({ category: { slug: 'c' }, tags })]);
  expect(columns).toMatchObject({
    categories: [{ slug: 'c' }],
    category: [0, 0],
    tags,
    tagged: [
      [0, 1],
      [0, 1],
    ],
  });
});

test('computes what an event says only where it is asked for', () => {
  const changes = [true, false].map((hasChanges) => {
    const builder = new ProductColumnsBuilder(hasChanges);
    builder.add(row({ stock: undefined }));
    return builder.columns.derived.changes[0];
  });
  expect(changes).toEqual([expect.stringContaining('{"field":"stock","before":null,"after":0}'), undefined]);
});
