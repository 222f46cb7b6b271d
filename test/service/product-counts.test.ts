import { CompiledQuery } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { execute, unitOfWork } from '../../src/database/unit-of-work.js';
import { findWrongCounts, repairCounts } from '../../src/product/check-counts.js';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { randomOf } from '../support/list-world.js';
import { rawQuery } from '../support/raw-query.js';
import { type Client, testConfig, useService } from '../support/service.js';

const service = useService({ DATABASE_POOL_SIZE: '20' });
const given = catalogueOf(service.admin);
const { product, category, tag } = operationsOf(service.admin);

const raw = (statement: string) => rawQuery(service.server.database, statement);
const wrongCounts = () => findWrongCounts(testConfig(service.database.url).database, service.server.database);

/** The numbers of a category and a tag: what everybody sees, and what staff does. */
async function counts(categoryId: string, tagId: string) {
  const query = `query ($categoryId: ID!, $tagId: ID!) {
    category(id: $categoryId) { own: productCount(includeDescendants: false) all: productCount products { totalCount } }
    tag(id: $tagId) { productCount products { totalCount } }
    categories(filter: { ids: [$categoryId] }) { nodes { all: productCount } }
    tags(filter: { ids: [$tagId] }) { edges { node { productCount } } }
  }`;
  const read = async (client: Client) => {
    const { category: found, tag: mark, categories, tags } = dataOf(await client(query, { categoryId, tagId }));
    expect(categories.nodes).toEqual(found ? [{ all: found.all }] : []);
    expect(tags.edges).toEqual([{ node: { productCount: mark.productCount } }]);
    // A total of the same list is counted, as soon as a filter says something.
    expect(found?.all ?? 0).toBe(found?.products.totalCount ?? 0);
    expect(mark.products.totalCount).toBe(mark.productCount);
    return [found?.own ?? null, found?.all ?? null, mark.productCount];
  };
  return { everybody: await read(service.anonymous), staff: await read(service.admin) };
}

let top: Made;
let below: Made;
let mark: Made;

beforeEach(async () => {
  top = await given.category();
  below = await given.category({ parentId: top.id });
  mark = await given.tag();
});

describe('the numbers of products follow', () => {
  test('what is made, changed, hidden and deleted', async () => {
    const one = await given.product({ categoryId: top.id, tagIds: [mark.id] });
    const other = await given.product({ categoryId: below.id, tagIds: [mark.id], isActive: false });
    await given.product();
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [1, 1, 1], staff: [1, 2, 2] });

    dataOf(await product.update(other.id, { isActive: true, priceFlurbos: 3 }));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [1, 2, 2], staff: [1, 2, 2] });
    dataOf(await product.update(other.id, { categoryId: top.id, tagIds: [] }));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [2, 2, 1], staff: [2, 2, 1] });
    dataOf(await product.update(other.id, { categoryId: null, tagIds: [mark.id], isActive: false }));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [1, 1, 1], staff: [1, 1, 2] });
    dataOf(await product.delete(one.id));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [0, 0, 0], staff: [0, 0, 1] });
    dataOf(await product.delete(other.id));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [0, 0, 0], staff: [0, 0, 0] });
    expect(await wrongCounts()).toEqual([]);
  });

  test('a category that moves, is hidden or is deleted', async () => {
    await given.product({ categoryId: below.id, tagIds: [mark.id] });
    dataOf(await category.update(below.id, { isActive: false }));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [0, 0, 1], staff: [0, 1, 1] });
    dataOf(await category.update(below.id, { isActive: true, parentId: null }));
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [0, 0, 1], staff: [0, 0, 1] });
    expect(await counts(below.id, mark.id)).toEqual({ everybody: [1, 1, 1], staff: [1, 1, 1] });
    dataOf(await category.delete(below.id));
    dataOf(await tag.delete(mark.id));
    expect(await wrongCounts()).toEqual([]);
  });

  test('statements of others, of many rows at once', async () => {
    for (let made = 0; made < 6; made += 1) await given.product({ categoryId: below.id, tagIds: [mark.id] });
    const mine = `category_id = ${below.id}`;
    await raw(`update products set is_active = (id % 2 = 0) where ${mine}`);
    expect(await wrongCounts()).toEqual([]);
    await raw(`update products set category_id = ${top.id}, is_active = not is_active where ${mine} and id % 3 = 0`);
    expect(await wrongCounts()).toEqual([]);
    await raw(`delete from product_tags where tag_id = ${mark.id} and product_id % 2 = 1`);
    expect(await wrongCounts()).toEqual([]);
    const other = await given.tag();
    await raw(`update product_tags set tag_id = ${other.id} where tag_id = ${mark.id}`);
    expect(await wrongCounts()).toEqual([]);
    await raw(`delete from products where category_id in (${top.id}, ${below.id})`);
    expect(await counts(top.id, other.id)).toEqual({ everybody: [0, 0, 0], staff: [0, 0, 0] });
    expect(await wrongCounts()).toEqual([]);
    await raw(`delete from categories where id = ${below.id}`);
    expect(await wrongCounts()).toEqual([]);
  });
});

test('more tags at once than are counted one by one, while one of them is held by somebody else', async () => {
  const tags = await Promise.all(Array.from({ length: 12 }, () => given.tag()));
  const tagIds = tags.map(({ id }) => id);
  const productCounts = async () => {
    const query = 'query ($ids: [ID!]) { tags(filter: { ids: $ids }) { nodes { productCount } } }';
    return dataOf(await service.admin(query, { ids: tagIds })).tags.nodes.map(
      (node: { productCount: number }) => node.productCount,
    );
  };
  const made = await given.product({ tagIds });
  expect(await productCounts()).toEqual(tags.map(() => 1));
  if (DATABASE === 'postgresql') {
    const holder = await service.server.database.begin();
    await holder.executeQuery(CompiledQuery.raw(`select 1 from tags where id = ${tagIds[3]} for no key update`));
    await given.product({ tagIds });
    await holder.commit();
    expect(await productCounts()).toEqual(tags.map(() => 2));
  }
  // Adds up what was left.
  const last = await given.product({ tagIds });
  for (const { id } of [made, last]) dataOf(await product.delete(id));
  expect(await productCounts()).toEqual(tags.map(() => (DATABASE === 'postgresql' ? 1 : 0)));
  expect(await wrongCounts()).toEqual([]);
});

test('the numbers of all products and of those without a category are kept', async () => {
  const hidden = await given.category({ isActive: false });
  const made = await given.product({ isActive: false });
  await given.product();
  await given.product({ categoryId: top.id });
  await given.product({ categoryId: hidden.id });
  const query = '{ all: products { totalCount } none: products(filter: { uncategorized: true }) { totalCount } }';
  const totals = async (client: Client) => {
    const { all, none } = dataOf(await client(query));
    return [all.totalCount, none.totalCount];
  };
  const counted = async (condition: string) => {
    const [row] = await raw(`select count(*) as count from products where ${condition}`);
    return Number((row as { count: number | string }).count);
  };
  const expectTotals = async () => {
    expect(await totals(service.admin)).toEqual([await counted('true'), await counted('category_id is null')]);
    const isHidden = 'category_id in (select id from categories where not is_visible)';
    expect(await totals(service.anonymous)).toEqual([
      await counted('is_active'),
      await counted(`is_active and (category_id is null or ${isHidden})`),
    ]);
    expect(await wrongCounts()).toEqual([]);
  };
  await expectTotals();
  dataOf(await product.update(made.id, { isActive: true }));
  await expectTotals();
  dataOf(await product.update(made.id, { categoryId: hidden.id }));
  await expectTotals();
  // Its products have none any more.
  dataOf(await category.delete(hidden.id));
  await expectTotals();
  dataOf(await product.delete(made.id));
  await expectTotals();
});

test.runIf(DATABASE === 'postgresql')('no table is emptied past its triggers', async () => {
  await given.product({ categoryId: top.id, tagIds: [mark.id] });
  for (const table of ['products', 'categories', 'tags', 'users', 'product_tags'])
    await expect(raw(`truncate ${table} cascade`)).rejects.toThrow(
      `TRUNCATE would empty ${table} without an event of any row, and leave the numbers of products as they were.`,
    );
  expect(await counts(top.id, mark.id)).toEqual({ everybody: [1, 1, 1], staff: [1, 1, 1] });
});

test('the numbers are right after many changed the same categories and tags at once', async () => {
  const categories = [top.id, below.id, null];
  const tags = [mark.id, (await given.tag()).id, (await given.tag()).id];
  const worker = async (seed: number) => {
    const random = randomOf(seed);
    const mine: string[] = [];
    for (let step = 0; step < 15; step += 1) {
      const input = {
        categoryId: random.pick(categories),
        tagIds: random.some(tags, 3),
        isActive: random.next() < 0.5,
      };
      const id = random.pick(mine);
      if (id === undefined || random.next() < 0.4) mine.push((await given.product(input)).id);
      else if (random.next() < 0.7) dataOf(await product.update(id, input));
      else {
        dataOf(await product.delete(id));
        mine.splice(mine.indexOf(id), 1);
      }
    }
  };
  const mover = async () => {
    for (let step = 0; step < 5; step += 1) {
      dataOf(await category.update(below.id, { parentId: step % 2 ? top.id : null, isActive: step % 3 > 0 }));
      await raw(`update products set is_active = not is_active where id % 5 = ${step}`);
    }
  };
  await Promise.all([...Array.from({ length: 12 }, (_, seed) => worker(seed + 1)), mover()]);
  expect(await wrongCounts()).toEqual([]);
});

test.runIf(DATABASE === 'postgresql')(
  'nobody waits for who has a number locked, and what was left is added up',
  async () => {
    await unitOfWork(service.server.database, async (em) => {
      // As a long import would hold them.
      await execute(em, 'select 1 from categories where id = ? for no key update', [top.id]);
      await execute(em, 'select 1 from tags where id = ? for no key update', [mark.id]);
      await given.product({ categoryId: top.id, tagIds: [mark.id] });
      await given.product({ categoryId: top.id, tagIds: [mark.id], isActive: false });
      expect(await counts(top.id, mark.id)).toEqual({ everybody: [1, 1, 1], staff: [2, 2, 2] });
    });
    const left = () => raw(`select category_id from category_count_changes where category_id = ${top.id}`);
    expect(await left()).toHaveLength(2);
    await given.product({ categoryId: top.id, tagIds: [mark.id] });
    expect(await left()).toEqual([]);
    expect(await counts(top.id, mark.id)).toEqual({ everybody: [2, 2, 2], staff: [3, 3, 3] });
    expect(await wrongCounts()).toEqual([]);
  },
);

test('a wrong number is found, and repaired', async () => {
  await given.product({ categoryId: top.id, tagIds: [mark.id], isActive: false });
  await raw(`update categories set product_count = 7 where id = ${top.id}`);
  await raw(`update tags set active_product_count = 1 where id = ${mark.id}`);
  await raw('update uncategorized_products set product_count = product_count + 100');
  const [none] = (await raw('select count(*) as count from products where category_id is null')) as { count: number }[];
  const counted = Number(none?.count);
  expect(await wrongCounts()).toEqual([
    { table: 'categories', id: Number(top.id), slug: top.slug, column: 'product_count', stored: 7, counted: 1 },
    { table: 'tags', id: Number(mark.id), slug: mark.slug, column: 'active_product_count', stored: 1, counted: 0 },
    { table: 'uncategorized_products', id: 1, slug: null, column: 'product_count', stored: counted + 100, counted },
  ]);
  await repairCounts(service.server.database);
  expect(await wrongCounts()).toEqual([]);
  expect(await counts(top.id, mark.id)).toEqual({ everybody: [0, 0, 0], staff: [1, 1, 1] });
});
