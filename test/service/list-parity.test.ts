import { beforeAll, describe, expect, test } from 'vitest';
import {
  filterCategories,
  filterProducts,
  filterTags,
  type Model,
  type Order,
  sortedIds,
} from '../support/list-model.js';
import { FILTERS, SEARCHES } from '../support/list-filters.js';
import { type List, makeWorld, type Page, randomOf, readPage } from '../support/list-world.js';
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

const COMBINATIONS = 320;

test.each(Array.from({ length: COMBINATIONS }, (_, seed) => seed))(
  'combination %d of filter, order and page',
  async (seed) => {
    const random = randomOf(seed);
    const field = random.pick(['products', 'products', 'products', 'categories', 'tags'] as const);
    const filter = random.next() < 0.1 ? undefined : FILTERS[field](world, random);
    const fields =
      typeof filter?.search === 'string' ? [...ORDERS[field], ...Array(4).fill('RELEVANCE')] : ORDERS[field];
    const by: Order = { field: random.pick(fields), direction: random.pick(DIRECTIONS) };
    const list: List = {
      field,
      filter,
      orderBy: random.next() < 0.1 ? undefined : by,
    };
    const client = random.pick([service.admin, service.anonymous]);
    await expectPages(client, list, random.pick([2, 3, 5, 8, 20, 100]), random.next() < 0.5);
  },
);
