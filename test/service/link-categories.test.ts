import { beforeEach, expect, test } from 'vitest';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { checkLinkCategories } from '../../src/derived/link-categories.js';
import { DATABASE } from '../support/database.js';
import { rawQuery } from '../support/raw-query.js';
import { testConfig, useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const statements = createStatementLog();
const service = useService({ SQL_LOG: 'true', SORTED_ROWS_MAX: '10' }, statements.log);
const given = catalogueOf(service.admin);
const { product, category } = operationsOf(service.admin);

const raw = (statement: string) => rawQuery<Record<string, unknown>>(service.server.database, statement);

async function check(repairs = false) {
  const told: string[] = [];
  const onWrong = (message: string) => told.push(message);
  const { database } = testConfig(service.database.url);
  const { left } = await checkLinkCategories(database, service.server.database, { repairs, onWrong });
  return { told, left };
}

const RIGHT = { told: [], left: 0 };

/** The categories that the links of a product have, by tag. */
async function categoriesOf({ id }: Made) {
  const links = await raw(
    `select cast(category_id as text) as id from product_tags where product_id = ${id} order by tag_id`,
  );
  return links.map((link) => link.id);
}

let [one, other]: Made[] = [];
let tags: Made[];
let [here, there]: [string, string] = ['', ''];

beforeEach(async () => {
  [one, other] = [await given.category(), await given.category()];
  [here, there] = [one.id, other.id];
  tags = [await given.tag(), await given.tag()];
});

const tagIds = () => tags.map(({ id }) => id);

test('a link has the category that its product is made in, moves to, and is left with', async () => {
  const made = await given.product({ categoryId: here, tagIds: tagIds() });
  expect(await categoriesOf(made)).toEqual([here, here]);
  dataOf(await product.update(made.id, { categoryId: there }));
  expect(await categoriesOf(made)).toEqual([there, there]);
  dataOf(await product.update(made.id, { categoryId: here, tagIds: [tags[0]?.id, (await given.tag()).id] }));
  expect(await categoriesOf(made)).toEqual([here, here]);
  dataOf(await category.delete(here));
  expect(await categoriesOf(made)).toEqual([null, null]);
  dataOf(await product.update(made.id, { categoryId: there }));
  expect(await categoriesOf(made)).toEqual([there, there]);
  expect(await check()).toEqual(RIGHT);
});

test('statements of others keep it, and no event tells of it', async () => {
  const [made, second] = [await given.product({ categoryId: here }), await given.product({ categoryId: there })];
  for (const { id } of tags) await raw(`insert into product_tags (product_id, tag_id) values (${made.id}, ${id})`);
  expect(await categoriesOf(made)).toEqual([here, here]);
  const count = async () => (await raw(`select count(*) as count from events where type like 'product.%tagged'`))[0];
  const before = await count();
  await raw(`update products set category_id = ${there} where category_id = ${here}`);
  expect(await categoriesOf(made)).toEqual([there, there]);
  expect(await count()).toEqual(before);
  await raw(`update products set category_id = ${here} where id = ${second.id}`);
  await raw(`update product_tags set product_id = ${second.id} where product_id = ${made.id}`);
  expect(await categoriesOf(second)).toEqual([here, here]);
  await raw(`delete from categories where id = ${here}`);
  expect(await categoriesOf(second)).toEqual([null, null]);
  expect(await check()).toEqual(RIGHT);
});

test('what is wrong is found and repaired', async () => {
  const made = await given.product({ categoryId: here, tagIds: tagIds() });
  await raw(`update product_tags set category_id = ${there} where product_id = ${made.id}`);
  // On SQLite even that does not make it wrong.
  const told = DATABASE === 'sqlite' ? [] : [`products ${made.id} (${made.slug}): its tags not linked in its category`];
  expect(await check()).toEqual({ told, left: told.length });
  expect(await check(true)).toEqual({ told, left: 0 });
  expect(await check()).toEqual(RIGHT);
  expect(await categoriesOf(made)).toEqual([here, here]);
});

test.runIf(DATABASE === 'postgresql')('a tag and a move at the same time agree', async () => {
  const made = await given.product({ categoryId: here });
  const moves = Array.from({ length: 12 }, (_, index) => {
    const where = index % 2 === 0 ? there : here;
    const link = index % 3 === 0 ? [] : [tags[index % 2]?.id];
    return index % 4 < 2
      ? raw(`update products set category_id = ${where} where id = ${made.id}`)
      : product.update(made.id, { tagIds: link });
  });
  await Promise.all(moves);
  await raw(`insert into product_tags (product_id, tag_id) values (${made.id}, ${(await given.tag()).id})`);
  expect(await check()).toEqual(RIGHT);
});

test('a list of few products with a category and a tag starts from them', async () => {
  const [rare, common] = tags;
  for (let price = 1; price <= 30; price += 1)
    await given.product({ categoryId: here, priceShmeckles: `${price}.00`, tagIds: [common?.id] });
  for (let price = 1; price <= 30; price += 1)
    await given.product({ categoryId: there, priceShmeckles: `${price}.00`, tagIds: [common?.id, rare?.id] });
  const last = await given.product({ categoryId: here, priceShmeckles: '99.00', tagIds: [rare?.id] });
  const query = `query ($filter: ProductFilter, $orderBy: ProductOrder) {
    products(filter: $filter, orderBy: $orderBy, first: 5) { nodes { id } }
  }`;
  for (const orderBy of [{ field: 'PRICE_SHMECKLES' }, { field: 'NAME' }]) {
    for (const includeDescendants of [true, false]) {
      const filter = { categoryId: here, includeDescendants, tagIds: [rare?.id] };
      const read = await statements.during(async () =>
        expect(dataOf(await service.anonymous(query, { filter, orderBy })).products.nodes).toEqual([{ id: last.id }]),
      );
      expect(read).toHaveLength(1);
    }
  }
});

test('tags of all products of a category are counted by their links, and what is sold out is taken off', async () => {
  for (const stock of [0, 1, 2]) await given.product({ categoryId: here, stock, tagIds: [tags[0]?.id] });
  await given.product({ categoryId: there, tagIds: tagIds() });
  const query = `query ($filter: ProductFilter) {
    products(filter: $filter) { facets { tags { tag { id } count } inStock } }
  }`;
  const [statement = ''] = await statements.during(async () => {
    const { facets } = dataOf(await service.admin(query, { filter: { categoryId: here } })).products;
    expect(facets).toEqual({ tags: [{ tag: { id: tags[0]?.id }, count: 3 }], inStock: 2 });
  });
  expect(statement).not.toContain('_list');
});
