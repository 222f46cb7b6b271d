import { expect, test } from 'vitest';
import type { MigrationMarks } from '../../src/migrator/migration-file.js';
import { compareCounts, holdsRows, type RowCounts } from '../../src/migrator/row-counts.js';

const counts = (tables: Record<string, { rows: number } & Record<string, number>>): RowCounts =>
  new Map(
    Object.entries(tables).map(([table, { rows, ...values }]) => [
      table,
      { rows, values: new Map(Object.entries(values)) },
    ]),
  );
const compare = (before: RowCounts, after: RowCounts, marks: MigrationMarks = {}, direction: 'up' | 'down' = 'up') =>
  compareCounts(before, after, marks, direction);

const BEFORE = counts({ products: { rows: 3, name: 3, brand: 1 }, tags: { rows: 0, name: 0 } });

test('the same, and what is new, is no change', () => {
  const after = counts({
    products: { rows: 3, name: 3, brand: 1, colour: 2 },
    tags: { rows: 0, name: 0 },
    sizes: { rows: 9, label: 9 },
  });
  expect(compare(BEFORE, after)).toEqual({ marked: [], unmarked: [] });
});

test('what is empty has nothing to lose', () => {
  expect(compare(BEFORE, counts({ products: { rows: 3, name: 3, brand: 1 } }))).toEqual({ marked: [], unmarked: [] });
  expect(compare(counts({ tags: { rows: 1, name: 0 } }), counts({ tags: { rows: 1 } })).unmarked).toEqual([]);
});

test.each([
  [{}, ['products: 3 rows']],
  [{ products: { rows: 2, name: 2, brand: 1 } }, ['products: 3 rows before, 2 after']],
  [{ products: { rows: 4, name: 3, brand: 1 } }, ['products: 3 rows before, 4 after']],
  [{ products: { rows: 3, name: 0 } }, ['products.name: 3 values before, 0 after', 'products.brand: 1 value']],
  [{ products: { rows: 3, name: 3, brand: 3 } }, ['products.brand: 1 value before, 3 after']],
])('%j is told', (after, unmarked) => {
  const now = counts({ tags: { rows: 0, name: 0 }, ...after });
  expect(compare(BEFORE, now)).toEqual({ marked: [], unmarked });
});

test('marks say what is meant, for their direction only', () => {
  const gone = counts({ tags: { rows: 0, name: 0 } });
  const marks = { loses: { up: ['products'] } };
  expect(compare(BEFORE, gone, marks, 'up')).toEqual({ marked: ['products: 3 rows'], unmarked: [] });
  expect(compare(BEFORE, gone, marks, 'down')).toEqual({ marked: [], unmarked: ['products: 3 rows'] });
});

test('a mark of a column says nothing of the rows, and one of a table all of its columns', () => {
  const fewer = counts({ products: { rows: 2, name: 2, brand: 1 } });
  expect(compare(BEFORE, fewer, { changes: ['products.name'] }).marked).toEqual([]);
  const nulled = counts({ products: { rows: 3, name: 0, brand: 0 } });
  expect(compare(BEFORE, nulled, { changes: ['products'] }).unmarked).toEqual([]);
  expect(compare(BEFORE, nulled, { changes: ['products.name'] })).toEqual({
    marked: ['products.name: 3 values before, 0 after'],
    unmarked: ['products.brand: 1 value before, 0 after'],
  });
});

test('renames are followed, there and back', () => {
  const after = counts({ goods: { rows: 3, title: 3, brand: 1 } });
  const marks = { renames: { products: 'goods', 'products.name': 'goods.title' } };
  expect(compare(BEFORE, after, marks, 'up')).toEqual({ marked: [], unmarked: [] });
  const back = { renames: { products: 'goods', 'products.name': 'goods.title' } };
  expect(compare(after, BEFORE, back, 'down')).toEqual({ marked: [], unmarked: [] });
  expect(compare(BEFORE, after).unmarked).toEqual(['products: 3 rows']);
});

test('holds rows where any table does that the code does not fill itself', () => {
  expect(holdsRows(BEFORE, ['own'])).toBe(true);
  expect(holdsRows(counts({ tags: { rows: 0 } }), ['own'])).toBe(false);
  expect(holdsRows(counts({ own: { rows: 9 } }), ['own'])).toBe(false);
  expect(holdsRows(counts({}), [])).toBe(false);
});
