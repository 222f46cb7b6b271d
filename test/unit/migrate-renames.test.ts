import type { SchemaDifference } from '@mikro-orm/postgresql';
import { describe, expect, test } from 'vitest';
import { resolveRenames } from '../../src/migrator/generate/renames.js';
import { MigrationError } from '../../src/migrator/migration-error.js';

/** What changed in tables, with the columns that are gone and new, each as `name type`. */
function differenceOf(tables: Record<string, { gone: string[]; added: string[] }>): SchemaDifference {
  const columns = (list: string[]) =>
    Object.fromEntries(
      list.map((text) => {
        const [name = '', type = 'text'] = text.split(' ');
        return [name, { name, type }];
      }),
    );
  const changedTables = Object.fromEntries(
    Object.entries(tables).map(([name, { gone, added }]) => [
      name,
      { name, removedColumns: columns(gone), addedColumns: columns(added) },
    ]),
  );
  return { changedTables } as unknown as SchemaDifference;
}

const resolve = (difference: SchemaDifference, answers: Partial<Parameters<typeof resolveRenames>[1]> = {}) =>
  resolveRenames(difference, { renames: [], drops: [], ...answers });

const ONE = differenceOf({ products: { gone: ['colour'], added: ['color'] } });
const TWO = differenceOf({
  products: { gone: ['colour'], added: ['color', 'shade', 'weight int'] },
  tags: { gone: ['colour'], added: ['color'] },
});
const RENAMED = { table: 'products', from: 'colour', to: 'color' };

test('what nobody could mean is not asked', async () => {
  expect(await resolve(differenceOf({ products: { gone: ['colour'], added: ['weight int'] } }))).toEqual([]);
  expect(await resolve(differenceOf({ products: { gone: [], added: ['color'] } }))).toEqual([]);
  expect(
    await resolve(differenceOf({ products: { gone: ['colour'], added: [] }, tags: { gone: [], added: ['color'] } })),
  ).toEqual([]);
});

test.each(['colour:color', 'products.colour:color', 'products.colour:products.color'])('%s renames', async (answer) => {
  expect(await resolve(ONE, { renames: [answer] })).toEqual([RENAMED]);
});

test.each(['colour', 'products.colour'])('%s was dropped', async (answer) => {
  expect(await resolve(ONE, { drops: [answer] })).toEqual([]);
});

test('several tables are told apart', async () => {
  expect(await resolve(TWO, { renames: ['products.colour:shade'], drops: ['tags.colour'] })).toEqual([
    { table: 'products', from: 'colour', to: 'shade' },
  ]);
});

describe('nothing is guessed', () => {
  test('where nobody answers, each is named with what to say', async () => {
    const asked = resolve(TWO);
    await expect(asked).rejects.toThrow(MigrationError);
    await expect(resolve(TWO)).rejects.toThrow(
      [
        'Some columns are gone, and others of the same type are new. Were they renamed?',
        '  products.colour → color or shade',
        '  tags.colour → color',
        'Say so for each; nothing is guessed:',
        '  --rename products.colour:color   or   --drop products.colour --allow-destructive',
        '  --rename tags.colour:color   or   --drop tags.colour --allow-destructive',
      ].join('\n'),
    );
  });

  test.each([
    [
      { renames: ['colour:weight'] },
      '--rename colour:weight does not name a column that is gone and one that is new in the same table.',
    ],
    [{ renames: ['nothing:color'] }, '--rename nothing:color does not name'],
    [{ renames: ['colour'] }, '--rename colour does not name'],
    [{ renames: ['a b:c'] }, '--rename a b:c does not name'],
    [{ drops: ['nothing'] }, '--drop nothing does not name a column that is gone.'],
    [{ drops: [''] }, '--drop  does not name a column that is gone.'],
  ])('%j is refused', async (answers, message) => {
    await expect(resolve(ONE, answers)).rejects.toThrow(message);
  });

  test('an answer that fits several tables is refused', async () => {
    const several = 'fits several tables (products, tags): put the table and a dot in front.';
    await expect(resolve(TWO, { renames: ['colour:color'] })).rejects.toThrow(`--rename colour:color ${several}`);
    await expect(resolve(TWO, { drops: ['colour'] })).rejects.toThrow(`--drop colour ${several}`);
  });
});

test('asks about each that is open, and offers no column twice', async () => {
  const difference = differenceOf({ products: { gone: ['a', 'b'], added: ['c', 'd'] } });
  const asked: unknown[] = [];
  const renames = await resolve(difference, {
    renames: ['a:c'],
    ask: async (candidate) => {
      asked.push(candidate);
      return candidate.to[0];
    },
  });
  expect(asked).toEqual([{ table: 'products', from: 'b', to: ['d'] }]);
  expect(renames).toEqual([
    { table: 'products', from: 'a', to: 'c' },
    { table: 'products', from: 'b', to: 'd' },
  ]);
});

test('one column takes the name of one', async () => {
  const difference = differenceOf({ products: { gone: ['a', 'b'], added: ['c'] } });
  const renames = await resolve(difference, { ask: async ({ to }) => to[0] });
  expect(renames).toEqual([{ table: 'products', from: 'a', to: 'c' }]);
});

test.each([
  [{ renames: ['a:c', 'b:c'] }, 'b:c'],
  [{ renames: ['a:c', 'a:d'] }, 'a:d'],
  [{ renames: ['a:c', 'a:c'] }, 'a:c'],
  [{ renames: ['a:c'], drops: ['a'] }, 'a:c'],
])('%j contradict each other', async (answers, rename) => {
  const difference = differenceOf({ products: { gone: ['a', 'b'], added: ['c', 'd'] } });
  await expect(resolve(difference, answers)).rejects.toThrow(
    new MigrationError(`--rename products.${rename} contradicts another answer.`),
  );
});
