import { beforeAll, describe, expect, test } from 'vitest';
import {
  filterCategories,
  filterProducts,
  filterTags,
  type Model,
  type Order,
  sortedIds,
} from '../support/list-model.js';
import { type List, makeWorld, type Page, type Random, randomOf, readPage } from '../support/list-world.js';
import { type Client, useService } from '../support/service.js';

// So few that some filters find fewer and some more: lists that start from a filter, and lists that go along their order.
const service = useService({ SORTED_ROWS_MAX: '5' });

let world: Model;
beforeAll(async () => {
  world = await makeWorld(service.admin);
});

const ORDERS: Record<List['field'], readonly string[]> = {
  products: ['ID', 'NAME', 'PRICE_SHMECKLES', 'PRICE_FLURBOS', 'RATING', 'STOCK', 'CREATED_AT', 'UPDATED_AT'],
  categories: ['ID', 'NAME', 'CREATED_AT'],
  tags: ['ID', 'NAME', 'CREATED_AT'],
};
const DIRECTIONS = ['ASC', 'DESC'] as const;

const PARTS = [
  'mug',
  'MUG',
  'кру',
  'ÉCLAIR',
  'cl',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '😀',
  'i',
  'ΟΔΟΣ',
  'ss',
  'ß',
  '',
  ' ',
  'нет',
];

const SEARCHES = [
  'mug',
  'MUG blue',
  'm',
  'blue m',
  'кру',
  'СИНЯЯ кружка',
  'елка',
  'eclair',
  'ÉCLAIR cafe',
  'strasse',
  'straß',
  'οδοσ',
  'lodz',
  'wide fi',
  '東',
  '100',
  'mug mugs',
  'under_score',
  'a',
  'not or and near',
  '"mug" OR (blue*) :-^ NEAR/2',
  "it's o'clock",
  'i',
  'word'.repeat(16),
  'word'.repeat(40),
  'mug '.repeat(2500),
  Array.from({ length: 40 }, (_, index) => `none${index}`).join(' '),
  '',
  '😀',
  '%_\\',
  '=mug',
  'нет',
];

/** The ids that the model finds, in their order. */
function expected({ field, filter = {}, orderBy }: List, isStaff: boolean): string[] {
  if (field === 'tags') return sortedIds(filterTags(world, filter), orderBy);
  if (field === 'categories') return sortedIds(filterCategories(world, filter, isStaff), orderBy);
  return sortedIds(filterProducts(world, filter, isStaff), orderBy, filter.search as string | null | undefined);
}

const idsOf = (page: Page) => page.nodes.map(({ id }) => id);

/** Reads a list page by page, forwards or backwards, and compares each page with the model's. */
async function expectPages(client: Client, list: List, size: number, isBackward: boolean): Promise<void> {
  const all = expected(list, client === service.admin);
  const story = JSON.stringify({ ...list, size, isBackward });
  let cursor: string | null = null;
  for (let seen = 0; ; seen += size) {
    const page: Page = await readPage(
      client,
      list,
      isBackward ? { last: size, before: cursor } : { first: size, after: cursor },
    );
    const [from, to] = isBackward
      ? [Math.max(0, all.length - seen - size), Math.max(0, all.length - seen)]
      : [seen, Math.min(all.length, seen + size)];
    expect(idsOf(page), story).toEqual(all.slice(from, to));
    expect(
      page.edges.map(({ node }) => node),
      story,
    ).toEqual(page.nodes);
    expect(page.totalCount, story).toBe(all.length);
    expect(page.pageInfo, story).toEqual({
      hasNextPage: to < all.length,
      hasPreviousPage: from > 0,
      startCursor: page.edges[0]?.cursor ?? null,
      endCursor: page.edges.at(-1)?.cursor ?? null,
    });
    const isLast = isBackward ? from === 0 : to === all.length;
    if (isLast) return;
    cursor = isBackward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
  }
}

const orders = Object.entries(ORDERS).flatMap(([list, fields]) =>
  fields.flatMap((by) => DIRECTIONS.map((direction) => [list as List['field'], by, direction] as const)),
);

describe.each(SEARCHES)('search %j', (search) => {
  const by = (direction: 'ASC' | 'DESC') => ({ field: 'RELEVANCE', direction });

  test('best first, forwards and backwards, for everybody and for staff', async () => {
    const list: List = { field: 'products', filter: { search }, orderBy: undefined };
    await expectPages(service.anonymous, list, 7, false);
    await expectPages(service.admin, list, 3, true);
    await expectPages(service.admin, { ...list, orderBy: by('ASC') }, 4, false);
    await expectPages(service.anonymous, { ...list, orderBy: by('DESC') }, 5, true);
  });

  test('in another order, and with other filters', async () => {
    const orderBy: Order = { field: 'NAME', direction: 'DESC' };
    await expectPages(service.admin, { field: 'products', filter: { search }, orderBy }, 6, false);
    const filter = { search, nameContains: 'u', inStock: true };
    await expectPages(service.anonymous, { field: 'products', filter, orderBy: by('DESC') }, 2, false);
    const ids = world.products.filter((_, index) => index % 3 === 0).map(({ id }) => String(id));
    await expectPages(service.admin, { field: 'products', filter: { search, ids }, orderBy: undefined }, 2, true);
  });
});

describe.each(orders)('%s by %s %s', (field, by, direction) => {
  const list: List = { field, filter: undefined, orderBy: { field: by, direction } };

  test('forwards through all pages', async () => {
    await expectPages(service.anonymous, list, 4, false);
    await expectPages(service.admin, list, 7, false);
  });

  test('backwards through all pages', async () => {
    await expectPages(service.anonymous, list, 7, true);
    await expectPages(service.admin, list, 4, true);
  });
});

/** A filter of some conditions, taken from what there is. */
function randomProductFilter(random: Random): Record<string, unknown> {
  const { products, categories, tags } = world;
  const product = () => random.pick(products);
  const tagIds = () => random.some(tags, 2).map(({ id }) => String(id));
  const moment = (key: 'createdAt' | 'updatedAt') => random.pick([{ from: product()[key] }, { to: product()[key] }]);
  const amount = () => (product().priceShmeckles / 100).toFixed(2);
  const conditions: Record<string, () => unknown> = {
    ids: () =>
      random
        .some(products, 20)
        .map(({ id }) => String(id))
        .concat('abc', '-1'),
    slugs: () => random.some(products, 20).map(({ slug }) => slug),
    search: () => random.pick(SEARCHES),
    nameContains: () => random.pick(PARTS),
    categoryId: () => String(random.pick(categories).id),
    categorySlug: () => random.pick(categories).slug,
    includeDescendants: () => random.pick([true, false]),
    uncategorized: () => random.pick([true, false]),
    tagIds,
    allTagIds: () => tagIds().flatMap((id) => [id, id]),
    priceShmeckles: () => random.pick([{ min: amount() }, { max: amount() }, { min: '0.01', max: amount() }, {}]),
    priceFlurbos: () => random.pick([{ min: '2.00' }, { max: '2.00' }, { min: '3.00', max: '1.00' }]),
    stock: () => random.pick([{ min: 1 }, { max: 5 }, { min: 1, max: 5 }, { min: -1 }]),
    inStock: () => random.pick([true, false]),
    rating: () => random.pick([{ min: 0 }, { max: 4.5 }, { min: 3.3333333333333335 }, {}]),
    isActive: () => random.pick([true, false]),
    createdAt: () => moment('createdAt'),
    updatedAt: () => moment('updatedAt'),
  };
  const keys = random.some(Object.keys(conditions), 3);
  return Object.fromEntries(keys.map((key) => [key, random.next() < 0.05 ? null : conditions[key]?.()]));
}

function randomCategoryFilter(random: Random): Record<string, unknown> {
  const { categories } = world;
  const conditions: Record<string, () => unknown> = {
    ids: () => random.some(categories, 9).map(({ id }) => String(id)),
    slugs: () => random.some(categories, 9).map(({ slug }) => slug),
    nameContains: () => random.pick(PARTS),
    parentId: () => String(random.pick(categories).id),
    roots: () => random.pick([true, false]),
    isActive: () => random.pick([true, false]),
  };
  return Object.fromEntries(random.some(Object.keys(conditions), 2).map((key) => [key, conditions[key]?.()]));
}

function randomTagFilter(random: Random): Record<string, unknown> {
  const { tags } = world;
  const conditions: Record<string, () => unknown> = {
    ids: () => random.some(tags, 7).map(({ id }) => String(id)),
    slugs: () => random.some(tags, 7).map(({ slug }) => slug),
    nameContains: () => random.pick(['e', 'É', '_', 'ё', '😀', '']),
  };
  return Object.fromEntries(random.some(Object.keys(conditions), 2).map((key) => [key, conditions[key]?.()]));
}

const FILTERS = { products: randomProductFilter, categories: randomCategoryFilter, tags: randomTagFilter };

const COMBINATIONS = 400;

test.each(Array.from({ length: COMBINATIONS }, (_, seed) => seed))(
  'combination %d of filter, order and page',
  async (seed) => {
    const random = randomOf(seed);
    const field = random.pick(['products', 'products', 'products', 'categories', 'tags'] as const);
    const filter = random.next() < 0.1 ? undefined : FILTERS[field](random);
    const fields =
      typeof filter?.search === 'string' ? [...ORDERS[field], ...Array(4).fill('RELEVANCE')] : ORDERS[field];
    const by: Order = { field: random.pick(fields), direction: random.pick(DIRECTIONS) };
    const list: List = {
      field,
      filter,
      orderBy: random.next() < 0.1 ? undefined : by,
    };
    const client = random.pick([service.admin, service.anonymous]);
    await expectPages(client, list, random.pick([1, 2, 3, 5, 8, 20, 100]), random.next() < 0.5);
  },
);
