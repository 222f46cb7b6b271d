import { describe, expect, test } from 'vitest';
import { checkCategoryPaths } from '../../src/derived/category-paths.js';
import { checkDerivedColumns } from '../../src/derived/derived-columns.js';
import { checkFullText } from '../../src/derived/full-text.js';
import { catalogueOf, dataOf } from '../support/catalogue.js';
import { runCatalog } from '../support/catalog-command.js';
import { DATABASE } from '../support/database.js';
import { rawQuery } from '../support/raw-query.js';
import { testConfig, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const raw = (statement: string) => rawQuery(service.server.database, statement);

/** What a check finds, and what of it is left where it repairs. */
async function run(check: typeof checkFullText, repairs = false) {
  const told: string[] = [];
  const options = { repairs, onWrong: (message: string) => told.push(message) };
  const outcome = await check(testConfig(service.database.url).database, service.server.database, options);
  expect(outcome.found).toBe(told.length);
  return { told, left: outcome.left };
}

const RIGHT = { told: [], left: 0 };

async function foundBy(filter: Record<string, unknown>): Promise<string[]> {
  const query = 'query ($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }';
  return dataOf(await service.admin(query, { filter })).products.nodes.map(({ id }: { id: string }) => id);
}

describe('columns that follow from others', () => {
  test('are computed anew where a statement of somebody has changed what they follow from', async () => {
    const { id, slug } = await given.product({ name: 'Lamp', rating: 1 });
    expect(await run(checkDerivedColumns)).toEqual(RIGHT);
    await raw(`update products set name = 'Ёлка', rating = 4.5 where id = ${id}`);
    await raw(`update users set first_name = 'Ünal' where id = 1`);
    const wrong = await run(checkDerivedColumns);
    expect(wrong.told[0]).toBe(`products ${id} (${slug}): name_key and search_words and rating_key not as computed`);
    expect(wrong.told[1]).toMatch(/^users 1 \(.+\): search_key not as computed$/);
    expect(wrong.left).toBe(2);

    expect(await run(checkDerivedColumns, true)).toEqual({ ...wrong, left: 0 });
    expect(await run(checkDerivedColumns)).toEqual(RIGHT);
    expect(await foundBy({ search: 'елк' })).toEqual([id]);
    expect(await foundBy({ nameContains: 'ёЛ', rating: { min: 4.5 } })).toEqual([id]);
  });

  test('are left where another entry has what is computed', async () => {
    const [one, other] = [await given.tag({ name: 'Same' }), await given.tag({ name: 'Other' })];
    await raw(`update tags set name = 'SAME' where id = ${other.id}`);
    expect(await run(checkDerivedColumns, true)).toEqual({
      told: [`tags ${other.id} (${other.slug}): name_key not as computed; another entry has what is: rename one`],
      left: 1,
    });
    await raw(`update tags set name = 'Same, too' where id = ${one.id}`);
    // The first gets out of the way.
    expect(await run(checkDerivedColumns, true)).toMatchObject({ told: { length: 2 }, left: 0 });
    expect(await run(checkDerivedColumns)).toEqual(RIGHT);
  });
});

test("categories stand where their parents' paths lead, and show where all above do", async () => {
  const top = await given.category();
  const middle = await given.category({ parentId: top.id });
  const low = await given.category({ parentId: middle.id });
  expect(await run(checkCategoryPaths)).toEqual(RIGHT);
  await raw(`update categories set ancestor_path = '/' where id in (${middle.id}, ${low.id})`);
  await raw(`update categories set is_active = false where id = ${top.id}`);
  const wrong = [top, middle, low].map(
    ({ id, slug }) => `categories ${id} (${slug}): path or visibility not those of its parents`,
  );
  expect(await run(checkCategoryPaths)).toEqual({ told: wrong, left: 3 });
  expect(await run(checkCategoryPaths, true)).toEqual({ told: wrong, left: 0 });
  expect(await raw(`select ancestor_path from categories where id = ${low.id}`)).toEqual([
    { ancestor_path: `/${top.id}/${middle.id}/` },
  ]);
  expect(dataOf(await service.anonymous(`{ category(id: ${low.id}) { id } }`)).category).toBeNull();

  await raw(`update categories set parent_id = ${low.id} where id = ${low.id}`);
  expect(await run(checkCategoryPaths, true)).toEqual({
    told: [`categories ${low.id} (${low.slug}): stands below itself; move one of its ancestors to the top`],
    left: 1,
  });
  await raw(`update categories set parent_id = ${middle.id} where id = ${low.id}`);
  expect(await run(checkCategoryPaths)).toEqual(RIGHT);
});

test.runIf(DATABASE === 'sqlite')('the full-text tables have the tokens of each row, and no others', async () => {
  const [missing, other, noted] = [
    await given.product({ name: 'Anvil one' }),
    await given.product({ name: 'Anvil two' }),
    await given.product({ name: 'Anvil three' }),
  ];
  expect(await run(checkFullText)).toEqual(RIGHT);
  await raw(`delete from products_name_key_fts where rowid = ${missing.id}`);
  await raw(`delete from products_search_words_fts where rowid = ${other.id}`);
  await raw(`insert into products_search_words_fts (rowid, tokens) values (${other.id}, '=anvil anvil')`);
  await raw(`insert into products_search_words_fts (rowid, tokens) values (999999, 'ghost')`);
  // This is still to be taken in, and no fault.
  await raw(`update products set name_key = 'anvil 3' where id = ${noted.id}`);
  expect(await foundBy({ nameContains: 'anvil o' })).toEqual([]);
  const told = [
    `products ${missing.id}: not found by its name_key`,
    `products ${other.id}: not found by its search_words`,
    'products 999999: not found by its search_words',
  ];
  expect(await run(checkFullText)).toEqual({ told, left: 3 });
  expect(await run(checkFullText, true)).toEqual({ told, left: 0 });
  expect(await run(checkFullText)).toEqual(RIGHT);
  expect(await foundBy({ nameContains: 'anvil o' })).toEqual([missing.id]);
  expect(await foundBy({ search: 'anvil two' })).toEqual([other.id]);
  expect(await run(checkDerivedColumns, true)).toMatchObject({ told: { length: 1 }, left: 0 });
});

test.runIf(DATABASE === 'postgresql')('an index of texts that was not finished is made anew', async () => {
  expect(await run(checkFullText)).toEqual(RIGHT);
  await raw(`update pg_index set indisvalid = false where indexrelid = 'products_name_key_fts'::regclass`);
  const told = ['index products_name_key_fts: not valid'];
  expect(await run(checkFullText, true)).toEqual({ told, left: 0 });
  expect(await run(checkFullText)).toEqual(RIGHT);
});

test('`catalog check` tells what is wrong, ends with 1, and repairs it when asked to', async () => {
  const category = await given.category();
  const product = await given.product({ name: 'Lamp' });
  await raw(`update categories set active_product_count = 3, ancestor_path = '/9/' where id = ${category.id}`);
  await raw(`update products set name = 'Stand' where id = ${product.id}`);
  const told = [
    `categories ${category.id} (${category.slug}): 3 active products, counted 0`,
    `categories ${category.id} (${category.slug}): path or visibility not those of its parents`,
    `products ${product.id} (${product.slug}): name_key and search_words not as computed`,
    '',
  ].join('\n');
  expect(await runCatalog(service.database, ['check'])).toMatchObject({ code: 1, out: told });
  expect(await runCatalog(service.database, ['check', '--repair'])).toMatchObject({
    code: 0,
    out: `${told}Repaired 3.\n`,
    err: '',
  });
  expect(await runCatalog(service.database, ['check'])).toMatchObject({
    code: 0,
    out: 'All that is derived is right: numbers of products, category paths, categories of tags, names, words, search index.\n',
  });
});
