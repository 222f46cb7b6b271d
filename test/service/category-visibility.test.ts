import { beforeEach, describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import type { Client } from '../support/service.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { category } = operationsOf(service.admin);

/** shop > garden > tools > rakes, with a product in each of the last three. */
let shop: Made, garden: Made, tools: Made, rakes: Made;
let products: Made[];

beforeEach(async () => {
  shop = await given.category();
  garden = await given.category({ parentId: shop.id });
  tools = await given.category({ parentId: garden.id });
  rakes = await given.category({ parentId: tools.id });
  products = [];
  for (const { id } of [garden, tools, rakes]) products.push(await given.product({ categoryId: id }));
});

const setActive = async (made: Made, isActive: boolean) => dataOf(await category.update(made.id, { isActive }));

/** Which of the four a client sees, by the ways to see them: by id, by slug, in a list and in the tree. */
async function seenBy(client: Client): Promise<string[]> {
  const ids = [shop, garden, tools, rakes].map(({ id }) => id);
  const single = await Promise.all(
    ids.map(async (id) => dataOf(await client('query ($id: ID) { category(id: $id) { id } }', { id })).category),
  );
  const seen = single.flatMap((found) => (found ? [found.id] : []));
  const bySlug = await Promise.all(
    [shop, garden, tools, rakes].map(
      async ({ slug }) =>
        dataOf(await client('query ($slug: String) { category(slug: $slug) { id } }', { slug })).category,
    ),
  );
  const listed = dataOf(
    await client(
      `query ($ids: [ID!], $rootId: ID) {
        categories(filter: { ids: $ids }) { totalCount nodes { id } }
        categoryTree(rootId: $rootId) { id }
      }`,
      { ids, rootId: shop.id },
    ),
  );
  expect(bySlug.flatMap((found) => (found ? [found.id] : []))).toEqual(seen);
  expect(listed.categories).toEqual({ totalCount: seen.length, nodes: seen.map((id) => ({ id })) });
  expect(listed.categoryTree).toEqual(seen.map((id) => ({ id })));
  return seen;
}

const ids = (...made: Made[]) => made.map(({ id }) => id);

describe('a category that is not active', () => {
  test('hides itself and all below from the public, and nothing from staff', async () => {
    await setActive(tools, false);
    expect(await seenBy(service.anonymous)).toEqual(ids(shop, garden));
    expect(await seenBy(service.admin)).toEqual(ids(shop, garden, tools, rakes));
    expect(await category.read(rakes.id)).toMatchObject({ isActive: true, version: 1 });
  });

  test('shows all again when it is active again', async () => {
    await setActive(garden, false);
    expect(await seenBy(service.anonymous)).toEqual(ids(shop));
    await setActive(garden, true);
    expect(await seenBy(service.anonymous)).toEqual(ids(shop, garden, tools, rakes));
  });

  test('keeps hidden what another one below hides', async () => {
    await setActive(tools, false);
    await setActive(shop, false);
    expect(await seenBy(service.anonymous)).toEqual([]);
    await setActive(shop, true);
    expect(await seenBy(service.anonymous)).toEqual(ids(shop, garden));
    await setActive(tools, true);
    expect(await seenBy(service.anonymous)).toEqual(ids(shop, garden, tools, rakes));
  });

  test('hides what is made or moved below it, and shows what moves away', async () => {
    await setActive(tools, false);
    const made = await given.category({ parentId: rakes.id });
    const see = (id: string) => operationsOf(service.anonymous).category.read(id, 'id');
    expect(await see(made.id)).toBeNull();

    dataOf(await category.update(rakes.id, { parentId: garden.id }));
    expect(await see(rakes.id)).toEqual({ id: rakes.id });
    expect(await see(made.id)).toEqual({ id: made.id });

    dataOf(await category.update(rakes.id, { parentId: tools.id }));
    expect(await see(rakes.id)).toBeNull();
    expect(await see(made.id)).toBeNull();
  });

  test('leaves its products in sight, without their category', async () => {
    await setActive(tools, false);
    const query = 'query ($ids: [ID!]) { products(filter: { ids: $ids }) { nodes { id category { id } } } }';
    const variables = { ids: products.map(({ id }) => id) };
    const [inGarden, inTools, inRakes] = products.map(({ id }) => id);
    expect(dataOf(await service.anonymous(query, variables)).products.nodes).toEqual([
      { id: inGarden, category: { id: garden.id } },
      { id: inTools, category: null },
      { id: inRakes, category: null },
    ]);
    expect(dataOf(await service.admin(query, variables)).products.nodes).toEqual([
      { id: inGarden, category: { id: garden.id } },
      { id: inTools, category: { id: tools.id } },
      { id: inRakes, category: { id: rakes.id } },
    ]);
  });

  test('takes its products out of what the public counts and finds above it', async () => {
    await setActive(tools, false);
    const query = `query ($id: ID, $gone: ID, $goneSlug: String) {
      category(id: $id) { productCount products { totalCount } children { id } }
      above: products(filter: { categoryId: $id }) { totalCount }
      below: products(filter: { categoryId: $gone }) { totalCount }
      belowBySlug: products(filter: { categorySlug: $goneSlug }) { totalCount }
      only: products(filter: { categoryId: $gone, includeDescendants: false }) { totalCount }
    }`;
    const read = async (client: Client) =>
      dataOf(await client(query, { id: shop.id, gone: tools.id, goneSlug: tools.slug }));
    const count = (totalCount: number) => ({ totalCount });
    expect(await read(service.anonymous)).toEqual({
      category: { productCount: 1, products: count(1), children: [{ id: garden.id }] },
      above: count(1),
      below: count(0),
      belowBySlug: count(0),
      only: count(0),
    });
    expect(await read(service.admin)).toEqual({
      category: { productCount: 3, products: count(3), children: [{ id: garden.id }] },
      above: count(3),
      below: count(2),
      belowBySlug: count(2),
      only: count(1),
    });
  });

  test('makes its products uncategorized for the public', async () => {
    await setActive(tools, false);
    const query = `query ($ids: [ID!]) {
      without: products(filter: { ids: $ids, uncategorized: true }) { nodes { id } }
      with: products(filter: { ids: $ids, uncategorized: false }) { nodes { id } }
    }`;
    const [inGarden, inTools, inRakes] = products.map(({ id }) => ({ id }));
    const variables = { ids: products.map(({ id }) => id) };
    expect(dataOf(await service.anonymous(query, variables))).toEqual({
      without: { nodes: [inTools, inRakes] },
      with: { nodes: [inGarden] },
    });
    expect(dataOf(await service.admin(query, variables))).toEqual({
      without: { nodes: [] },
      with: { nodes: [inGarden, inTools, inRakes] },
    });
  });

  test('does not show the public a product that is not active itself', async () => {
    await setActive(tools, false);
    const hidden = await given.product({ categoryId: tools.id, isActive: false });
    const { products: listed } = dataOf(
      await service.anonymous('{ products(filter: { uncategorized: true }, last: 100) { nodes { id } } }'),
    );
    expect(listed.nodes).not.toContainEqual({ id: hidden.id });
  });
});
