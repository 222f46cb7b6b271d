import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findWrongCounts } from '../../src/product/check-counts.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { searchableWords } from '../../src/shared/search-words.js';
import { catalogueOf, contentsOf, dataOf, operationsOf } from '../support/catalogue.js';
import { rowsOf } from '../support/database-state.js';
import { type Answer, clientOf, testConfig, useService } from '../support/service.js';

// Two processes of one shop have one secret.
const ENVIRONMENT = { AUTH_SECRET: 'what all processes of the shop know' };

const service = useService(ENVIRONMENT);
const given = catalogueOf(service.admin);
const { product, category, tag } = operationsOf(service.admin);

/** The codes of the answers, in alphabetical order; OK for a success. */
const codesOf = (answers: readonly Answer[]) =>
  answers.map(({ errors }) => errors?.map(({ extensions }) => extensions.code).join() ?? 'OK').sort();

const times = <T>(count: number, act: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

const PRICES = { priceShmeckles: 1, priceFlurbos: 1 };

test('50 clients take 30 pieces: 30 get one, the others are told, and nothing is left', async () => {
  const { id } = await given.product({ stock: 30 });
  const codes = codesOf(await times(50, () => product.adjustStock(id, -1)));
  expect(codes).toEqual([...Array(30).fill('OK'), ...Array(20).fill('OUT_OF_STOCK')]);
  expect(await product.read(id)).toMatchObject({ stock: 0, version: 31 });
});

describe('two creations at once', () => {
  test('with one slug: one is refused', async () => {
    const answers = await times(2, (index) => product.create({ name: `Slug ${index}`, slug: 'one-slug', ...PRICES }));
    expect(codesOf(answers)).toEqual(['CONFLICT', 'OK']);
  });

  test('with one tag name, in another case: one is refused', async () => {
    const answers = await times(2, (index) => tag.create({ name: index ? 'ЦЕНА' : 'цена', slug: `price-${index}` }));
    expect(codesOf(answers)).toEqual(['CONFLICT', 'OK']);
  });

  test('of siblings with one name: one is refused', async () => {
    const { id } = await given.category();
    expect(codesOf(await times(2, () => category.create({ name: 'Sibling', parentId: id })))).toEqual([
      'CONFLICT',
      'OK',
    ]);
  });
});

test('10 creations with one name get 10 slugs', async () => {
  const answers = await times(10, () => product.create({ name: 'Crowd', ...PRICES }));
  expect(codesOf(answers)).toEqual(Array(10).fill('OK'));
  const slugs = answers.map(({ data }) => data.createProduct.slug as string);
  expect(new Set(slugs).size).toBe(10);
  expect(slugs.every((slug) => /^crowd(-\d+)?$/.test(slug))).toBe(true);
});

test('two moves at once never make a cycle', async () => {
  for (let round = 0; round < 10; round += 1) {
    const [a, b] = [await given.category(), await given.category()];
    const [belowA, belowB] = [await given.category({ parentId: a.id }), await given.category({ parentId: b.id })];
    const answers = await Promise.all([
      category.update(a.id, { parentId: belowB.id }),
      category.update(b.id, { parentId: belowA.id }),
    ]);
    expect(codesOf(answers)).toEqual(['CONFLICT', 'OK']);
    const { categoryTree } = dataOf(await service.admin('{ categoryTree { id } }'));
    const seen = categoryTree.map(({ id }: { id: string }) => id);
    expect(seen).toEqual(expect.arrayContaining([a.id, b.id, belowA.id, belowB.id]));
    expect(new Set(seen).size).toBe(seen.length);
  }
});

describe('two editors of one entry', () => {
  test('with the same expectedVersion: one is told that it is late', async () => {
    const made = await given.product();
    const answers = await times(2, (index) => product.update(made.id, { name: `Editor ${index}` }, 1));
    expect(codesOf(answers)).toEqual(['OK', 'VERSION_CONFLICT']);
    const winner = answers.find(({ errors }) => !errors)?.data.updateProduct;
    expect(await product.read(made.id)).toEqual(winner);
    expect(winner.version).toBe(2);
  });

  test('without one: different fields both stay', async () => {
    const [made, label] = [await given.product({ stock: 5 }), await given.tag()];
    const answers = await Promise.all([
      product.update(made.id, { name: 'Both' }),
      product.update(made.id, { rating: 4 }),
      product.update(made.id, { tagIds: [label.id] }),
      product.adjustStock(made.id, -2),
    ]);
    expect(codesOf(answers)).toEqual(['OK', 'OK', 'OK', 'OK']);
    expect(await product.read(made.id)).toMatchObject({
      name: 'Both',
      rating: 4,
      tags: [{ id: label.id }],
      stock: 3,
      version: 5,
    });
  });
});

test('a category that goes while products come in leaves none of them pointing at nothing', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await given.category();
    const moved = await given.product();
    const [gone, update, ...created] = await Promise.all([
      category.delete(id),
      product.update(moved.id, { categoryId: id }),
      ...Array.from({ length: 8 }, (_, index) => product.create({ name: `In ${index}`, categoryId: id, ...PRICES })),
    ]);
    expect(gone).toSucceed();
    for (const answer of [update, ...created]) expect(['OK', 'NOT_FOUND']).toContain(codesOf([answer])[0]);
    const left = created.flatMap(({ errors, data }) => (errors ? [] : [data.createProduct.id as string]));
    for (const productId of [moved.id, ...left])
      expect(await product.read(productId)).toMatchObject({ category: null });
  }
});

test('a tag that goes while products take it is on none of them', async () => {
  const { id } = await given.tag();
  const answers = await Promise.all([
    tag.delete(id),
    ...Array.from({ length: 8 }, (_, index) => product.create({ name: `Tagged ${index}`, tagIds: [id], ...PRICES })),
  ]);
  expect(answers[0]).toSucceed();
  for (const answer of answers) expect(['OK', 'NOT_FOUND']).toContain(codesOf([answer])[0]);
  expect(JSON.stringify(await contentsOf(service.admin))).not.toContain(`"tags":[{"id":"${id}"`);
});

test('a category that goes while a child comes has either no child or is still there', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id } = await given.category();
    const [gone, child] = await Promise.all([category.delete(id), category.create({ name: 'Child', parentId: id })]);
    const codes = [codesOf([gone])[0], codesOf([child])[0]];
    expect([
      ['OK', 'NOT_FOUND'],
      ['CONFLICT', 'OK'],
    ]).toContainEqual(codes);
  }
});

describe('two processes of the service', () => {
  let other: RunningServer;
  let there: ReturnType<typeof operationsOf>;

  beforeAll(async () => {
    other = await startServer(testConfig(service.database.url, ENVIRONMENT));
    there = operationsOf(clientOf(other.url, service.adminToken));
  });
  afterAll(() => other.stop());

  const here = { product, category, tag };
  const at = (index: number) => (index % 2 === 0 ? here : there);

  test('never sell more than there is', async () => {
    const { id } = await given.product({ stock: 15 });
    const codes = codesOf(await times(30, (index) => at(index).product.adjustStock(id, -1)));
    expect(codes).toEqual([...Array(15).fill('OK'), ...Array(15).fill('OUT_OF_STOCK')]);
    expect(await product.read(id)).toMatchObject({ stock: 0, version: 16 });
  });

  test('give a slug to one of two', async () => {
    const answers = await times(2, (index) => at(index).tag.create({ name: `Process ${index}`, slug: 'one-of-two' }));
    expect(codesOf(answers)).toEqual(['CONFLICT', 'OK']);
  });

  test('tell one of two editors that it is late', async () => {
    const { id } = await given.product();
    const answers = await times(2, (index) => at(index).product.update(id, { name: `Process ${index}` }, 1));
    expect(codesOf(answers)).toEqual(['OK', 'VERSION_CONFLICT']);
  });

  test('never make a cycle of two moves', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [await given.category(), await given.category()];
      const answers = await Promise.all([
        here.category.update(a.id, { parentId: b.id }),
        there.category.update(b.id, { parentId: a.id }),
      ]);
      expect(codesOf(answers)).toEqual(['CONFLICT', 'OK']);
    }
  });
});

describe('after all of it', () => {
  test('the numbers of products are right', async () => {
    const { database } = service.server;
    expect(await findWrongCounts(testConfig(service.database.url).database, database)).toEqual([]);
  });

  test('the paths of the categories lead to the top, and say who is visible', async () => {
    interface Stored {
      id: number;
      parent_id: number | null;
      ancestor_path: string;
      is_active: unknown;
      is_visible: unknown;
    }
    const stored = await rowsOf<Stored>(
      service.database,
      'select id, parent_id, ancestor_path, is_active, is_visible from categories',
    );
    const byId = new Map(stored.map((row) => [row.id, row]));
    const pathTo = (id: number | null): string =>
      id === null ? '/' : `${pathTo(byId.get(id)?.parent_id ?? null)}${id}/`;
    expect(stored.length).toBeGreaterThan(40);
    for (const { parent_id: parentId, ancestor_path: path, is_active: isActive, is_visible: isVisible } of stored) {
      const parent = parentId === null ? undefined : byId.get(parentId);
      expect(path).toBe(pathTo(parentId));
      expect(Boolean(isVisible)).toBe(Boolean(isActive) && Boolean(parent?.is_visible ?? true));
    }
  });

  test('products are found by the words that they have now', async () => {
    const stored = await rowsOf<{ name: string; description: string | null; search_words: string }>(
      service.database,
      'select name, description, search_words from products',
    );
    for (const { name, description, search_words: words } of stored)
      expect(words).toBe(searchableWords(name, description));
    const query = 'query ($search: String) { products(first: 100, filter: { search: $search }) { nodes { name } } }';
    const { products } = dataOf(await service.admin(query, { search: 'crowd' }));
    expect(products.nodes).toHaveLength(stored.filter(({ name }) => /crowd/i.test(name)).length);
  });
});
