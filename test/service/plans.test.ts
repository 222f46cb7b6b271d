import { beforeAll, describe, expect, test } from 'vitest';
import { dataOf } from '../support/catalogue.js';
import { fillForPlans, growingSteps } from '../support/plans.js';
import { useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const statements = createStatementLog();
// Few rows are sorted: so there are lists here that one effort after another gives up. To fill the database takes longer
// than an operation may.
const settings = { SQL_LOG: 'true', SORTED_ROWS_MAX: '100', OPERATION_TIMEOUT_MS: '600000' };
const service = useService(settings, statements.log);

beforeAll(() => fillForPlans(service.server.database), 180_000);

const GROWING = ['products', 'product_tags', 'users', 'events'];

/** Expects that no statement of an operation reads or sorts a table that grows. @returns what staff is answered */
async function expectBounded(query: string, variables: Record<string, unknown>, growing: readonly string[] = GROWING) {
  const answers = new Map<unknown, ReturnType<typeof dataOf>>();
  for (const client of [service.admin, service.anonymous]) {
    const isAllowed = client === service.admin || !/users|sessions|events|history/.test(query);
    if (!isAllowed) continue;
    const logged = await statements.during(async () => answers.set(client, dataOf(await client(query, variables))));
    const reads = logged.filter((statement) => / as answer/.test(statement));
    expect(reads.length).toBeGreaterThan(0);
    for (const statement of reads)
      expect(
        await growingSteps(service.server.database, statement, growing),
        `${JSON.stringify(variables)}\n${statement}`,
      ).toEqual([]);
  }
  return answers.get(service.admin);
}

const LISTS = {
  products: {
    noun: 'Product',
    orders: ['ID', 'NAME', 'PRICE_SHMECKLES', 'PRICE_FLURBOS', 'RATING', 'STOCK', 'CREATED_AT', 'UPDATED_AT'],
    filters: [
      {},
      { ids: ['1', '2'] },
      { slugs: ['product-1', 'product-2'] },
      { search: 'mug' },
      { search: 'blue7' },
      { nameContains: 'mug 1' },
      { nameContains: 'g' },
      { nameContains: '777' },
      { categoryId: '7' },
      { categoryId: '7', includeDescendants: false },
      { categorySlug: 'category-9' },
      { uncategorized: true },
      { tagIds: ['7'] },
      { tagIds: ['7', '8', '9'] },
      { allTagIds: ['7', '14'] },
      { priceShmeckles: { min: '1.00', max: '1.05' } },
      { priceFlurbos: { min: '1.00' } },
      { stock: { min: 3, max: 3 } },
      { inStock: true },
      { inStock: false },
      { rating: { min: 4 } },
      { isActive: true },
      { isActive: false },
      { createdAt: { from: '2026-01-01T00:00:10Z', to: '2026-01-01T00:00:20Z' } },
      { updatedAt: { from: '2030-01-01T00:00:00Z' } },
    ],
  },
  categories: {
    noun: 'Category',
    orders: ['ID', 'NAME', 'CREATED_AT'],
    filters: [
      {},
      { ids: ['1'] },
      { slugs: ['category-1'] },
      { nameContains: 'gory 1' },
      { parentId: '1' },
      { roots: true },
    ],
  },
  tags: {
    noun: 'Tag',
    orders: ['ID', 'NAME', 'CREATED_AT'],
    filters: [{}, { ids: ['1'] }, { slugs: ['tag-1'] }, { nameContains: 'g 1' }],
  },
  users: {
    noun: 'User',
    orders: ['ID', 'USERNAME', 'LAST_NAME', 'CREATED_AT'],
    filters: [
      {},
      { ids: ['1'] },
      { search: 'ser77' },
      { search: 'q' },
      { role: 'ADMIN' },
      { role: 'USER' },
      { isActive: false },
      { age: { min: 7, max: 7 } },
    ],
  },
  events: {
    noun: 'Event',
    orders: ['ID'],
    filters: [
      {},
      { entity: 'USER' },
      { entity: 'PRODUCT' },
      { entity: 'PRODUCT', entityIds: ['7'] },
      { entityIds: ['7', '8'] },
      { types: ['user.created'] },
      { types: ['product.updated', 'product.created'] },
      { actorId: '1' },
      { actorId: '1', types: ['product.created'] },
      { occurredAt: { from: '2026-01-01T00:00:10Z', to: '2026-01-01T00:00:20Z' } },
    ],
  },
} as const;

describe.each(Object.entries(LISTS))('%s', (field, { noun, orders, filters }) => {
  test.each(filters.map((filter) => [JSON.stringify(filter), filter] as const))(
    'with %s, in every order and direction',
    async (_, filter) => {
      const query = `query ($filter: ${noun}Filter, $orderBy: ${noun}Order, $first: Int, $after: String) {
      list: ${field}(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } }
    }`;
      const ranked = 'search' in filter && noun === 'Product' ? ['RELEVANCE'] : [];
      for (const by of [...orders, ...ranked]) {
        for (const direction of ['ASC', 'DESC']) {
          const variables = { filter, orderBy: { field: by, direction }, first: 10 };
          const { list } = await expectBounded(query, variables);
          if (list.pageInfo.hasNextPage) await expectBounded(query, { ...variables, after: list.pageInfo.endCursor });
        }
      }
    },
  );
});

test.each([
  'product(id: 7) { id category { name parent { name } ancestors { name } } tags { name productCount } }',
  'product(slug: "product-7") { id }',
  'category(id: 7) { productCount own: productCount(includeDescendants: false) children { productCount } products(orderBy: { field: NAME }) { totalCount nodes { id } } }',
  'category(slug: "category-7") { products(filter: { includeDescendants: false }, orderBy: { field: PRICE_SHMECKLES }) { nodes { id } } }',
  'tag(id: 7) { productCount products(orderBy: { field: RATING, direction: DESC }) { totalCount nodes { id } } }',
  'categoryTree { id depth productCount }',
  'categories { nodes { productCount products(first: 3, orderBy: { field: NAME }) { nodes { id } } } }',
  'product(id: 7) { history(first: 3) { totalCount nodes { id changes { field } actor { id } } } }',
  'me { id }',
  'sessions { id }',
])('%s', async (selection) => {
  await expectBounded(`query { ${selection} }`, {});
});

test('the number of all products is not counted', async () => {
  await expectBounded('{ products { totalCount } }', {});
  await expectBounded(
    '{ products { facets { categories { count } tags { count } priceRange(currency: FLURBOS) { min } } } }',
    {},
  );
});
