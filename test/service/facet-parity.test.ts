import { beforeAll, describe, expect, test } from 'vitest';
import { dataOf } from '../support/catalogue.js';
import { randomProductFilter } from '../support/list-filters.js';
import { facetsOf, type Model } from '../support/list-model.js';
import { makeWorld, randomOf } from '../support/list-world.js';
import { type Client, useService } from '../support/service.js';

const service = useService({ SORTED_ROWS_MAX: '5', COST_MAX: '100000' });

let world: Model;
beforeAll(async () => {
  world = await makeWorld(service.admin);
});

const FACETS = `facets {
  categories(first: 100) { category { id } count } tags(first: 100) { tag { id } count }
  shmeckles: priceRange(currency: SHMECKLES) { min max } flurbos: priceRange(currency: FLURBOS) { min max } inStock
}`;

async function read(client: Client, filter: Record<string, unknown> | undefined) {
  const query = `query ($filter: ProductFilter) { products(first: 1, filter: $filter) { ${FACETS} } }`;
  return dataOf(await client(query, { filter })).products.facets;
}

const COMBINATIONS = 200;

test.each(Array.from({ length: COMBINATIONS }, (_, seed) => seed))('facets of combination %d', async (seed) => {
  const random = randomOf(seed + 5000);
  const filter = seed === 0 ? undefined : randomProductFilter(world, random);
  for (const client of [service.admin, service.anonymous])
    expect(await read(client, filter), JSON.stringify(filter)).toEqual(
      facetsOf(world, filter ?? {}, client === service.admin),
    );
});

describe('facets', () => {
  test('leave their own filter out, and no other', async () => {
    const { id } = world.categories[0] ?? { id: 0 };
    const filter = {
      categoryId: String(id),
      includeDescendants: false,
      tagIds: world.tags.slice(0, 2).map((tag) => String(tag.id)),
      priceShmeckles: { min: '9.99' },
      inStock: false,
    };
    const facets = await read(service.admin, filter);
    expect(facets).toEqual(facetsOf(world, filter, true));
    const others = { ...filter, categoryId: null, includeDescendants: null };
    expect(facets.categories).toEqual((await read(service.admin, others)).categories);
  });

  test('of a list within a category or a tag are those of that list', async () => {
    for (const client of [service.admin, service.anonymous]) {
      const isStaff = client === service.admin;
      const { categories, tags } = dataOf(
        await client(
          `{ categories(first: 100) { nodes { id products { ${FACETS} } } } tags(first: 100) { nodes { id products(filter: { inStock: true }) { ${FACETS} } } } }`,
        ),
      );
      for (const { id, products } of tags.nodes) {
        const only = { ...world, products: world.products.filter(({ tagIds }) => tagIds.includes(Number(id))) };
        expect(products.facets).toEqual(facetsOf(only, { inStock: true }, isStaff));
      }
      for (const { id, products } of categories.nodes) {
        const within = new Set((await allIds(client, { categoryId: id })).map(Number));
        const only = { ...world, products: world.products.filter((product) => within.has(product.id)) };
        expect(products.facets).toEqual(facetsOf(only, {}, isStaff));
      }
    }
  });

  async function allIds(client: Client, filter: object): Promise<string[]> {
    const query = 'query ($filter: ProductFilter) { products(first: 100, filter: $filter) { nodes { id } } }';
    return dataOf(await client(query, { filter })).products.nodes.map(({ id }: { id: string }) => id);
  }

  test('are as many as asked for, 20 unless said', async () => {
    const [first] = facetsOf(world, {}, true).categories;
    const query = '{ products { facets { categories(first: 1) { count category { id } } } } }';
    expect(dataOf(await service.admin(query)).products.facets.categories).toEqual([first]);
    for (const size of [0, 101, -1]) {
      const answer = await service.admin(`{ products { facets { tags(first: ${size}) { count } } } }`);
      expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['products'], fields: ['facets.tags.first'] });
    }
  });

  test('have aliases, fragments and type names like anything else', async () => {
    const query = `{ products { facets { __typename n: inStock ...Range } } }
      fragment Range on ProductFacets { priceRange(currency: FLURBOS) { __typename lowest: min } }`;
    const { facets } = dataOf(await service.admin(query)).products;
    const { inStock, flurbos } = facetsOf(world, {}, true);
    expect(facets).toEqual({
      __typename: 'ProductFacets',
      n: inStock,
      priceRange: { __typename: 'PriceRange', lowest: flurbos?.min },
    });
  });
});
