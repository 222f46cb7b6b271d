import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { foreseeChangedProduct, foreseeNewProduct, foreseeStock } from '../../src/product/foreseen-product.js';
import { findWrongCounts } from '../../src/product/check-counts.js';
import { catalogueOf, type Made, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { rowsOf, withSession } from '../support/database-state.js';
import { type Answer, clientOf, testConfig, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const PRICES = { priceShmeckles: '1.00', priceFlurbos: '2.00' };

let category: Made;
let tags: Made[];
beforeAll(async () => {
  category = await given.category();
  tags = [await given.tag(), await given.tag()];
});

/** What a request with a key does is never foreseen: its answer is kept in the same transaction. */
const inTransaction = () => clientOf(service.server.url, service.adminToken, { 'idempotency-key': randomUUID() });

/** Foreseen writes that had their effect, while work goes on. */
async function foreseenIn(work: () => Promise<Answer>): Promise<number> {
  const commit = vi.spyOn(service.server.database, 'commitForeseen');
  try {
    expect(await work()).toSucceed();
    const texts = await Promise.all(commit.mock.results.map(({ value }) => value as Promise<string | undefined>));
    return texts.filter((text) => text !== undefined).length;
  } finally {
    commit.mockRestore();
  }
}

/** All that a product's writes leave, but for what tells one product from another. */
async function leftBy(id: string) {
  const [product] = await rowsOf(service.database, `select * from products where id = ${id}`);
  const links = await rowsOf(service.database, `select tag_id, category_id from product_tags where product_id = ${id}`);
  const events = await rowsOf<{ type: string; changes: string; actor_id: number; source: string }>(
    service.database,
    `select type, changes, actor_id, source from events where entity = 'PRODUCT' and entity_id = ${id} order by id`,
  );
  const { id: _id, slug, created_at: _created, updated_at: _updated, ...row } = product ?? {};
  const told = events.map(({ changes, ...event }) => ({ ...event, changes: changes.replaceAll(String(slug), 'slug') }));
  return { row, links, events: told };
}

describe('a write that is foreseen leaves what the same one in a transaction of its own does', () => {
  const inputs = (): [string, Record<string, unknown>][] => [
    [
      'all fields',
      { categoryId: category.id, tagIds: tags.map(({ id }) => id), stock: 3, rating: 4.5, isActive: false },
    ],
    ['texts', { description: 'Слово "quoted" ☂', imageUrl: 'https://shop.example/a.webp', tagIds: [tags[0]?.id] }],
    ['nothing else', {}],
  ];

  test('a new product', async () => {
    for (const [name, input] of inputs()) {
      const made: string[] = [];
      const create = async (client: typeof service.admin, slug: string) => {
        const answer = await operationsOf(client).product.create({ name, slug, ...PRICES, ...input });
        made.push(answer.data.createProduct.id);
        return answer;
      };
      const slug = name.replace(' ', '-');
      expect(await foreseenIn(() => create(service.admin, `${slug}-a`))).toBe(1);
      expect(await foreseenIn(() => create(inTransaction(), `${slug}-b`))).toBe(0);
      const [foreseen, other] = await Promise.all(made.map(leftBy));
      expect(foreseen).toEqual(other);
    }
  });

  test('a change', async () => {
    const changes: Record<string, unknown>[] = [
      { priceShmeckles: '7.25' },
      { stock: 5, isActive: false, imageUrl: null },
      { name: 'Renamed', description: null, rating: null },
      { categoryId: null },
    ];
    for (const change of changes) {
      const [first, second] = [1, 2].map(() =>
        given.product({
          name: 'As it was',
          categoryId: category.id,
          tagIds: [tags[1]?.id],
          imageUrl: 'https://shop.example/b',
        }),
      );
      const ids = [(await first)?.id ?? '', (await second)?.id ?? ''] as const;
      const { update } = operationsOf(service.admin).product;
      expect(await foreseenIn(() => update(ids[0], change, 1))).toBe(1);
      expect(await foreseenIn(() => operationsOf(inTransaction()).product.update(ids[1], change, 1))).toBe(0);
      const [foreseen, other] = await Promise.all(ids.map(leftBy));
      expect(foreseen).toEqual(other);
    }
    const { database } = service.server;
    expect(await findWrongCounts(testConfig(service.database.url).database, database)).toEqual([]);
  });
});

describe.runIf(DATABASE === 'sqlite')('on SQLite, a write that is foreseen', () => {
  const answer = (id: number | null) => ({ statement: { sql: 'select cast(? as text) as answer' }, values: [id] });
  const commit = (write: ReturnType<typeof foreseeNewProduct>, proof?: { statement: { sql: string }; values: [] }) => {
    if (!write) throw new Error('It is not foreseen.');
    return service.server.database.commitForeseen({ author: { source: 'API' }, write, answer, proof });
  };
  const em = () => service.server.database.orm.em;
  const newProduct = (input: object) =>
    foreseeNewProduct(em(), { name: 'Foreseen', priceShmeckles: 1, priceFlurbos: 1, ...input });
  const contents = () => rowsOf(service.database, 'select slug, version from products order by id');

  test('stands or falls alone among those that share its commit', async () => {
    const { id } = await given.product({ stock: 1 });
    await given.product({ slug: 'taken' });
    const before = await contents();
    const made = await Promise.all([
      commit(newProduct({ slug: 'one' })),
      commit(newProduct({ slug: 'taken' })),
      commit(newProduct({ slug: 'nowhere', categoryId: '987654' })),
      commit(newProduct({ slug: 'untagged', tagIds: ['987654'] })),
      commit(newProduct({ slug: 'unproven' }), { statement: { sql: 'select 1 where 1 = ?' }, values: [0] as never }),
      commit(foreseeChangedProduct(em(), id, { stock: 4 }, 77)),
      commit(foreseeChangedProduct(em(), id, { stock: 1 })),
      commit(foreseeStock(em(), id, -2)),
      commit(foreseeStock(em(), id, -1)),
      commit(newProduct({ slug: 'two' })),
    ]);
    expect(made.map((text) => text !== undefined)).toEqual([
      true,
      ...Array.from({ length: 7 }, () => false),
      true,
      true,
    ]);
    const changed = before.map((row, index) => (index === before.length - 2 ? { ...row, version: 2 } : row));
    expect(await contents()).toEqual([...changed, { slug: 'one', version: 1 }, { slug: 'two', version: 1 }]);
  });

  test('is left to a transaction of its own while another process writes, or a transaction is at work', async () => {
    await withSession(service.database, async (session) => {
      await session.run('begin immediate');
      expect(await commit(newProduct({ slug: 'later' }))).toBeUndefined();
      await session.run('commit');
    });
    const transaction = await service.server.database.begin();
    expect(await commit(newProduct({ slug: 'later' }))).toBeUndefined();
    await transaction.commit();
    expect(await commit(newProduct({ slug: 'later' }))).toBeDefined();
  });
});
