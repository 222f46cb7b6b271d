import { beforeEach, describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { type List, type Page, readPage } from '../support/list-world.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);

/** Seven products with one tag, two and two at one price: a, b, c … by name. */
let products: Made[];
let list: List;

beforeEach(async () => {
  const label = await given.tag();
  products = [];
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e', 'f', 'g'].entries()) {
    products.push(await given.product({ name, priceShmeckles: Math.floor(index / 2), tagIds: [label.id] }));
  }
  list = {
    field: 'products',
    filter: { tagIds: [label.id] },
    orderBy: { field: 'PRICE_SHMECKLES', direction: 'ASC' },
  };
});

const read = (page: Record<string, unknown>, of: List = list) => readPage(service.anonymous, of, page);
const cursors = async () => (await read({})).edges.map(({ cursor }) => cursor);

/** A page as the names on it, with its ends. */
function shown({ nodes, pageInfo }: Page) {
  const names = nodes.map(({ id }) => products.find((product) => product.id === id)?.name).join('');
  return [names, { previous: pageInfo.hasPreviousPage, next: pageInfo.hasNextPage }];
}

test('a page says where it stands', async () => {
  expect(shown(await read({}))).toEqual(['abcdefg', { previous: false, next: false }]);
  expect(shown(await read({ first: 7 }))).toEqual(['abcdefg', { previous: false, next: false }]);
  expect(shown(await read({ first: 6 }))).toEqual(['abcdef', { previous: false, next: true }]);
  expect(shown(await read({ last: 6 }))).toEqual(['bcdefg', { previous: true, next: false }]);
  expect(shown(await read({ last: 100 }))).toEqual(['abcdefg', { previous: false, next: false }]);
});

describe('between cursors', () => {
  test.each<[string, Record<string, unknown>, Record<string, number>, string, boolean, boolean]>([
    ['first 2 behind b', { first: 2 }, { after: 1 }, 'cd', true, true],
    ['first 2 in front of e', { first: 2 }, { before: 4 }, 'ab', false, true],
    ['first 4 in front of e', { first: 4 }, { before: 4 }, 'abcd', false, true],
    ['first 9 behind b and in front of f', { first: 9 }, { after: 1, before: 5 }, 'cde', true, true],
    ['first 2 behind b and in front of f', { first: 2 }, { after: 1, before: 5 }, 'cd', true, true],
    ['last 2 in front of e', { last: 2 }, { before: 4 }, 'cd', true, true],
    ['last 2 behind b', { last: 2 }, { after: 1 }, 'fg', true, false],
    ['last 5 behind b', { last: 5 }, { after: 1 }, 'cdefg', true, false],
    ['last 2 behind b and in front of f', { last: 2 }, { after: 1, before: 5 }, 'de', true, true],
    ['all behind b and in front of f', {}, { after: 1, before: 5 }, 'cde', true, true],
    ['what is between neighbours', { first: 2 }, { after: 2, before: 3 }, '', true, true],
    ['what is between wrong ends', { first: 2 }, { after: 5, before: 1 }, '', true, true],
    ['first 2 behind the last', { first: 2 }, { after: 6 }, '', true, false],
    ['last 2 in front of the first', { last: 2 }, { before: 0 }, '', false, true],
  ])('%s', async (_, size, ends, names, previous, next) => {
    const all = await cursors();
    const at = Object.fromEntries(Object.entries(ends).map(([end, index]) => [end, all[index]]));
    const page = await read({ ...size, ...at });
    expect(shown(page)).toEqual([names, { previous, next }]);
    expect(page.totalCount).toBe(7);
    expect(page.pageInfo).toMatchObject({
      startCursor: page.edges[0]?.cursor ?? null,
      endCursor: page.edges.at(-1)?.cursor ?? null,
    });
  });
});

test('a list of nothing has one empty page', async () => {
  const nothing: List = { ...list, filter: { ids: [] } };
  for (const size of [{}, { first: 5 }, { last: 5 }]) {
    expect(await read(size, nothing)).toEqual({
      edges: [],
      nodes: [],
      totalCount: 0,
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  }
});

test('a page goes on where its cursor stood, though the entry is gone', async () => {
  const { endCursor } = (await read({ first: 3 })).pageInfo;
  const { product } = operationsOf(service.admin);
  dataOf(await product.delete(products[2]?.id ?? ''));
  dataOf(await product.delete(products[3]?.id ?? ''));
  expect(shown(await read({ first: 3, after: endCursor }))).toEqual(['efg', { previous: true, next: false }]);
  expect(shown(await read({ last: 3, before: endCursor }))).toEqual(['ab', { previous: false, next: true }]);
});

test('a page goes on where its cursor stood, though the entry has moved', async () => {
  const { endCursor } = (await read({ first: 3 })).pageInfo;
  dataOf(await operationsOf(service.admin).product.update(products[2]?.id ?? '', { priceShmeckles: 100 }));
  expect(shown(await read({ first: 10, after: endCursor }))).toEqual(['defgc', { previous: true, next: false }]);
});

test('what comes in behind is found, and what comes in front is not repeated', async () => {
  const { endCursor } = (await read({ first: 3 })).pageInfo;
  const tagIds = list.filter?.tagIds;
  products.push(await given.product({ name: '<', priceShmeckles: 0, tagIds }));
  products.push(await given.product({ name: '>', priceShmeckles: 9, tagIds }));
  expect(shown(await read({ first: 10, after: endCursor }))).toEqual(['defg>', { previous: true, next: false }]);
});

describe.each(['ID', 'NAME', 'PRICE_SHMECKLES', 'PRICE_FLURBOS', 'RATING', 'STOCK', 'CREATED_AT', 'RELEVANCE'])(
  'pages by %s while others come and go',
  (field) => {
    test.each(['ASC', 'DESC'])('%s: no entry that stays is missed, and none comes twice', async (direction) => {
      const label = await given.tag();
      const word = `walk${label.id}`;
      const make = (index: number) =>
        given.product({
          name: index % 3 ? `${word} ${index % 7}` : `${word}s`,
          description: index % 2 ? word : null,
          rating: index % 4 ? index % 5 : null,
          stock: index % 3,
          priceShmeckles: index % 6,
          tagIds: [label.id],
        });
      const staying: Made[] = [];
      for (let index = 0; index < 18; index += 1) staying.push(await make(index));
      const moving = await Promise.all([1, 2, 3].map(make));
      const walked: List = {
        field: 'products',
        filter: { search: word },
        orderBy: { field, direction: direction as 'ASC' },
      };
      const seen: string[] = [];
      for (let after: string | null = null, round = 0; ; round += 1) {
        const { nodes, pageInfo }: Page = await read({ first: 4, after }, walked);
        seen.push(...nodes.map(({ id }) => id));
        if (!pageInfo.hasNextPage) break;
        after = pageInfo.endCursor;
        const leaving = moving.pop();
        if (leaving) dataOf(await operationsOf(service.admin).product.delete(leaving.id));
        await make(round);
      }
      const stayed = seen.filter((id) => staying.some((product) => product.id === id));
      expect(stayed.toSorted()).toEqual(staying.map(({ id }) => id).toSorted());
      expect(new Set(seen).size).toBe(seen.length);
    });
  },
);

test('20 to a page where nothing is said', async () => {
  const label = await given.tag();
  for (let made = 0; made < 21; made += 1) await given.product({ tagIds: [label.id] });
  const { edges, pageInfo, totalCount } = await read({}, { ...list, filter: { tagIds: [label.id] } });
  expect([edges.length, pageInfo.hasNextPage, totalCount]).toEqual([20, true, 21]);
});

test('null for a size, a cursor, a filter or an order is as if it were left out', async () => {
  const query = `query ($none: Int, $cursor: String, $ids: [ID!]) {
    products(first: $none, last: $none, after: $cursor, before: $cursor, orderBy: null, filter: { ids: $ids, stock: null }) {
      nodes { name }
    }
  }`;
  const variables = { none: null, cursor: null, ids: products.map(({ id }) => id) };
  const { products: page } = dataOf(await service.anonymous(query, variables));
  expect(page.nodes.map(({ name }: Made) => name).join('')).toBe('abcdefg');
});

test('lists within lists have pages of their own', async () => {
  const [one, other] = [await given.category(), await given.category()];
  for (const name of ['p', 'q', 'r']) await given.product({ name, categoryId: one.id });
  await given.product({ name: 's', categoryId: other.id });
  const query = `query ($ids: [ID!], $first: Int, $after: String) {
    categories(filter: { ids: $ids }, orderBy: { field: ID, direction: DESC }) {
      nodes { products(first: $first, after: $after, orderBy: { field: NAME, direction: DESC }) {
        totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor }
      } }
    }
  }`;
  const ids = [one.id, other.id];
  const { nodes } = dataOf(await service.anonymous(query, { ids, first: 2 })).categories;
  expect(nodes).toMatchObject([
    { products: { totalCount: 1, nodes: [{ name: 's' }], pageInfo: { hasNextPage: false } } },
    { products: { totalCount: 3, nodes: [{ name: 'r' }, { name: 'q' }], pageInfo: { hasNextPage: true } } },
  ]);
  const after = nodes[1].products.pageInfo.endCursor;
  const next = dataOf(await service.anonymous(query, { ids: [one.id], first: 2, after })).categories;
  expect(next.nodes[0].products).toMatchObject({
    nodes: [{ name: 'p' }],
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  });
});
