import { beforeAll, expect, test } from 'vitest';
import { catalogueOf, dataOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const statements = createStatementLog();
// One row may be sorted, two looked at; then ten and twenty-one.
const service = useService({ SQL_LOG: 'true', SORTED_ROWS_MAX: '1' }, statements.log);
const given = catalogueOf(service.admin);

const PRICES = {
  // 25 lamps, which two vases stand behind, and twelve mugs behind these.
  lamp: Array.from({ length: 25 }, (_, index) => index + 1),
  vase: [101, 102],
  mug: Array.from({ length: 12 }, (_, index) => 201 + index),
};

beforeAll(async () => {
  for (const [name, prices] of Object.entries(PRICES))
    for (const price of prices) await given.product({ name: `${name} ${price}`, priceShmeckles: `${price}.00` });
});

const QUERY = `query ($filter: ProductFilter, $orderBy: ProductOrder, $first: Int, $after: String, $last: Int) {
  products(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last) {
    totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;

const QUERY_OF_NAMES = `query ($filter: ProductFilter, $orderBy: ProductOrder) {
  products(filter: $filter, orderBy: $orderBy, first: 1) { nodes { name } }
}`;

/** A page by price of what has a part in its name, and how many statements have read it. */
async function pageOf(nameContains: string, page: Record<string, unknown>) {
  const variables = { filter: { nameContains }, orderBy: { field: 'PRICE_SHMECKLES' }, ...page };
  const pages: ReturnType<typeof dataOf>[] = [];
  const read = await statements.during(async () =>
    pages.push(dataOf(await service.anonymous(QUERY, variables)).products),
  );
  const [{ nodes, pageInfo, totalCount }] = pages;
  const names = nodes.map(({ name }: { name: string }) => name);
  return { names, ...pageInfo, totalCount, statements: read.length };
}

test('what stands at the beginning of the order is found by the first statement', async () => {
  expect(await pageOf('lamp', { first: 2 })).toMatchObject({
    names: ['lamp 1', 'lamp 2'],
    hasNextPage: true,
    totalCount: 25,
    statements: 2,
  });
  expect(await pageOf('lamp', { first: 1 })).toMatchObject({ names: ['lamp 1'], hasNextPage: true, statements: 1 });
});

test('few that stand far along the order are sorted by the second', async () => {
  expect(await pageOf('vase', { first: 1 })).toMatchObject({
    names: ['vase 101'],
    hasNextPage: true,
    hasPreviousPage: false,
    totalCount: 2,
    statements: 2,
  });
});

test('many that stand far along the order are sorted by the last', async () => {
  const first = await pageOf('mug', { first: 5 });
  expect(first).toMatchObject({
    names: ['mug 201', 'mug 202', 'mug 203', 'mug 204', 'mug 205'],
    hasNextPage: true,
    hasPreviousPage: false,
    totalCount: 12,
    statements: 3,
  });
  const second = await pageOf('mug', { first: 5, after: first.endCursor });
  expect(second).toMatchObject({
    names: ['mug 206', 'mug 207', 'mug 208', 'mug 209', 'mug 210'],
    hasNextPage: true,
    hasPreviousPage: true,
  });
  const last = await pageOf('mug', { last: 2 });
  expect(last).toMatchObject({ names: ['mug 211', 'mug 212'], hasNextPage: false, hasPreviousPage: true });
});

test('nothing is found to be nothing', async () => {
  expect(await pageOf('plate', { first: 5 })).toMatchObject({ names: [], hasNextPage: false, totalCount: 0 });
});

test('the best of a word that many have are found without finding all', async () => {
  const search = async (word: string) => {
    let names: unknown;
    const read = await statements.during(async () => {
      const query = 'query ($filter: ProductFilter) { products(filter: $filter, first: 1) { nodes { name } } }';
      const answer = await service.anonymous(query, {
        filter: { search: word },
      });
      names = dataOf(answer).products.nodes.map(({ name }: { name: string }) => name);
    });
    return { names, statements: read.length };
  };
  expect(await search('lamp')).toEqual({ names: ['lamp 1'], statements: 1 });
  // SQLite's index has the first before it looks for the rest.
  expect(await search('mug')).toEqual({ names: ['mug 201'], statements: DATABASE === 'sqlite' ? 1 : 2 });
});

test('tags are asked of five times as many, on SQLite of keys alone, and what they leave is fetched', async () => {
  const tag = await given.tag();
  for (const price of [901, 902, 903, 904, 905, 906])
    await given.product({ name: `pot ${price}`, priceShmeckles: `${price}.00`, tagIds: price < 905 ? [] : [tag.id] });
  const filter = { tagIds: [tag.id], nameContains: 'pot', priceShmeckles: { min: '901' } };
  let names: unknown;
  const [statement = '', ...more] = await statements.during(async () => {
    const answer = await service.anonymous(QUERY_OF_NAMES, { filter, orderBy: { field: 'PRICE_SHMECKLES' } });
    names = dataOf(answer).products.nodes.map(({ name }: { name: string }) => name);
  });
  expect(names).toEqual(['pot 905']);
  expect(more).toEqual([]);
  const keys =
    DATABASE === 'sqlite' ? /\(select "t\d+"\."id" from "products" as "t\d+" where .+ limit 6\)/ : /limit 6\)/;
  expect(statement).toMatch(keys);
});

test.runIf(DATABASE === 'sqlite')(
  'facets of what a stretch of an index finds read it in the order of the table',
  async () => {
    const query =
      'query ($filter: ProductFilter) { products(filter: $filter) { facets { categories { count } inStock } } }';
    const [statement] = await statements.during(async () => {
      const filter = { priceShmeckles: { min: '1', max: '25' } };
      expect(dataOf(await service.anonymous(query, { filter })).products.facets).toEqual({
        categories: [],
        inStock: 0,
      });
    });
    expect(statement).toMatch(/where \("t\d+"\."id" in \(select "t\d+"\."id" from "products"/);
  },
);
