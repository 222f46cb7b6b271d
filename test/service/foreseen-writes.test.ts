import { beforeAll, describe, expect, test } from 'vitest';
import type { Author } from '../../src/database/author.js';
import type { ForeseenWrite } from '../../src/database/foreseen-writes.js';
import type { ForeseenWork } from '../../src/database/foreseen.js';
import type { BoundStatement } from '../../src/database/statements.js';
import { foreseeChangedProduct, foreseeNewProduct, foreseeStock } from '../../src/product/foreseen-product.js';
import { findWrongCounts } from '../../src/product/check-counts.js';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { rowsOf, runSql, withSession } from '../support/database-state.js';
import { clientOf, testConfig, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);
const PRICES = { priceShmeckles: 1, priceFlurbos: 1 };
const AUTHOR: Author = { source: 'API', requestId: 'foreseen' };

/** What reads an entry's id, and nothing else of it. */
const idOf = (id: string) => ({ statement: { sql: `select ${id}::text` }, values: [] });
const MADE = idOf("current_setting('catalog.made_product')");

/** Units of work that come in one turn of the event loop. */
const commit = (write: ForeseenWrite | undefined, answer: BoundStatement, terms: Partial<ForeseenWork> = {}) => {
  if (!write) throw new Error('It is not foreseen.');
  return service.server.database.commitForeseen({ author: AUTHOR, write, answer: () => answer, ...terms });
};
const newProduct = (input: object) =>
  foreseeNewProduct(service.server.database.orm.em, { name: 'Foreseen', ...PRICES, ...input });
const changedProduct = (id: string, input: object, expectedVersion?: number) =>
  foreseeChangedProduct(service.server.database.orm.em, id, input, expectedVersion);
const make = (input: object, terms?: Partial<ForeseenWork>) => commit(newProduct(input), MADE, terms);
const change = ({ id }: Pick<Made, 'id'>, input: object, expectedVersion?: number) =>
  commit(changedProduct(id, input, expectedVersion), idOf(id));

const productsLike = (slug: string) =>
  rowsOf<{ id: number; slug: string; xmin: string }>(
    service.database,
    `select id, slug, xmin::text from products where slug like '${slug}' order by slug`,
  );
const eventsOf = (slug: string) =>
  rowsOf<{ type: string; request_id: string }>(
    service.database,
    `select type, request_id from events where entity = 'PRODUCT' and entity_id in (select id from products where slug like '${slug}') order by events.id`,
  );

/** Holds something in a transaction of somebody else's, while work goes on. */
const whileHeld = (sql: string, work: (release: () => Promise<void>) => Promise<void>) =>
  withSession(service.database, async (session) => {
    await session.run(`begin; ${sql}`);
    await work(() => session.run('commit'));
  });

const isWaiting = async () => {
  const waiting = await rowsOf(
    service.database,
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'with signed%'`,
  );
  return waiting.length > 0;
};

/** For a machine that is busy. */
const PATIENCE = { timeout: 10_000 };

const EVENTS_LOCK = 'select pg_advisory_xact_lock(8214003)';

describe.runIf(DATABASE === 'postgresql')('units of work that are foreseen', () => {
  let tag: Made;
  beforeAll(async () => {
    tag = await given.tag();
  });

  test('share a transaction, and each has its own answer and its own author', async () => {
    const slugs = ['a', 'b', 'c'].map((name) => `shared-${name}`);
    const ids = await Promise.all(
      slugs.map((slug) => make({ slug, tagIds: [tag.id] }, { author: { ...AUTHOR, requestId: `of ${slug}` } })),
    );
    const rows = await productsLike('shared-%');
    expect(rows.map(({ slug }) => slug)).toEqual(slugs);
    expect(ids).toEqual(rows.map(({ id }) => String(id)));
    expect(new Set(rows.map(({ xmin }) => xmin)).size).toBe(1);
    expect(await eventsOf('shared-%')).toEqual(
      slugs.map((slug) => ({ type: 'product.created', request_id: `of ${slug}` })),
    );
  });

  test('with one that violates a constraint: the others are made, once', async () => {
    const answers = await Promise.all([
      make({ slug: 'beside-a' }),
      make({ slug: 'beside-b', categoryId: '2147483647' }),
      make({ slug: 'beside-c', tagIds: [tag.id] }),
    ]);
    const rows = await productsLike('beside-%');
    expect(rows.map(({ slug }) => slug)).toEqual(['beside-a', 'beside-c']);
    expect(answers).toEqual([String(rows[0]?.id), undefined, String(rows[1]?.id)]);
    expect(await eventsOf('beside-%')).toHaveLength(2);
  });

  test('with one slug: one is made, the others have no effect', async () => {
    const answers = await Promise.all([make({ slug: 'once' }), make({ slug: 'once' }), make({ slug: 'twice' })]);
    expect(answers.map((answer) => answer !== undefined)).toEqual([true, false, true]);
    expect(await productsLike('once')).toHaveLength(1);
  });

  test('that change one product follow one another', async () => {
    const made = await given.product({ stock: 1 });
    const answers = await Promise.all([
      change(made, { stock: 2 }),
      change(made, { stock: 2 }),
      change(made, { stock: 3 }),
    ]);
    expect(answers).toEqual([made.id, undefined, made.id]);
    expect(await product.read(made.id)).toMatchObject({ stock: 3, version: 3 });
  });

  test('change whatever a product has but its tags, and what follows from it', async () => {
    const { id } = await given.product({ name: 'Old' });
    const category = await given.category();
    const fields = {
      name: 'Ёлка',
      description: 'Fir',
      rating: 4.5,
      slug: 'fir',
      imageUrl: null,
      categoryId: category.id,
    };
    expect(await change({ id }, fields, 1)).toBe(id);
    const rows = await rowsOf(
      service.database,
      `select name_key, search_words, rating_key, category_id, version from products where id = ${id} and updated_at > created_at`,
    );
    expect(rows).toEqual([
      {
        name_key: 'ёлка',
        search_words: expect.stringContaining(' fir '),
        rating_key: 4.5,
        category_id: Number(category.id),
        version: 2,
      },
    ]);
    expect(await change({ id }, { rating: null })).toBe(id);
    expect(await rowsOf(service.database, `select rating_key from products where id = ${id}`)).toEqual([
      { rating_key: -1 },
    ]);
    expect(await change({ id }, { stock: 1 }, 2)).toBeUndefined();
  });

  test('take from the stock what there is', async () => {
    const { id } = await given.product({ stock: 2 });
    const take = () => commit(foreseeStock(service.server.database.orm.em, id, -1), idOf(id));
    expect(await Promise.all([take(), take(), take()])).toEqual([id, id, undefined]);
    expect(await product.read(id)).toMatchObject({ stock: 0, version: 3 });
  });

  test.each([
    ['a name without its description', { name: 'Alone' }],
    ['tags', { tagIds: [] }],
    ['nothing', {}],
    ['a category that can not be', { categoryId: 'none' }],
  ])('are none for a change of %s', (_, input) => {
    expect(changedProduct('1', input)).toBeUndefined();
  });

  test('of somebody whose session has ended: nothing of theirs is done', async () => {
    const proof = { statement: { sql: 'select 1 where $1 = 0' }, values: [1] };
    const answers = await Promise.all([make({ slug: 'proven' }), make({ slug: 'unproven' }, { proof })]);
    expect(answers).toEqual([expect.any(String), undefined]);
    expect(await productsLike('%proven%')).toHaveLength(1);
  });

  test('with a product that somebody else has: only that one waits', async () => {
    const [held, free] = await Promise.all([given.product(), given.product()]);
    let waiting: Promise<unknown> | undefined;
    await whileHeld(`update products set stock = 5 where id = ${held.id}`, async (release) => {
      waiting = product.update(held.id, { stock: 7 });
      dataOf(await product.update(free.id, { stock: 8 }));
      await release();
    });
    await waiting;
    expect(await product.read(held.id)).toMatchObject({ stock: 7 });
    expect(await product.read(free.id)).toMatchObject({ stock: 8 });
  });

  test('of hundreds of kinds: a connection keeps the latest statements prepared, and no more', async () => {
    const { database } = service.server;
    const { id } = await given.product();
    const read = (kind: number) => commit(changedProduct(id, { stock: kind }), idOf(String(kind)));
    const kinds = Array.from({ length: 300 }, (_, kind) => kind + 1);
    expect(await Promise.all(kinds.map(read))).toEqual(kinds.map(String));
    const { rows } = await database.query<{ count: number }>({
      text: "select count(*)::int as count from pg_prepared_statements where name like 'catalog_%'",
    });
    expect(rows).toEqual([{ count: 256 }]);
  });

  test('that wait for a lock give up, and wait each by itself', async () => {
    let waiting: Promise<unknown> | undefined;
    await whileHeld(EVENTS_LOCK, async (release) => {
      waiting = Promise.all(['a', 'b'].map((name) => product.create({ name, slug: `patient-${name}`, ...PRICES })));
      await expect.poll(isWaiting, PATIENCE).toBe(true);
      await expect.poll(isWaiting, PATIENCE).toBe(false);
      await release();
    });
    await waiting;
    expect(await productsLike('patient-%')).toHaveLength(2);
    expect(await eventsOf('patient-%')).toHaveLength(2);
    // They come together again after a while.
    await expect.poll(() => make({ slug: 'together-again' }), PATIENCE).toEqual(expect.any(String));
  });

  test('whose connection the server ends are done again, once', async () => {
    let waiting: Promise<unknown> | undefined;
    await whileHeld(EVENTS_LOCK, async (release) => {
      waiting = product.create({ name: 'Ended', slug: 'ended', ...PRICES });
      await expect.poll(isWaiting, PATIENCE).toBe(true);
      await runSql(
        service.database,
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'with signed%' and wait_event_type = 'Lock'`,
      );
      await release();
    });
    dataOf((await waiting) as never);
    expect(await productsLike('ended')).toHaveLength(1);
    expect(await eventsOf('ended')).toHaveLength(1);
  });

  test('are cancelled where they take too long: only the one that does', async () => {
    await whileHeld(EVENTS_LOCK, async (release) => {
      const answers = Promise.allSettled([make({ slug: 'cancelled-a' }), make({ slug: 'cancelled-b' })]);
      await expect.poll(isWaiting, PATIENCE).toBe(true);
      await runSql(
        service.database,
        `select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like 'with signed%' and wait_event_type = 'Lock'`,
      );
      await release();
      expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });
    expect(await productsLike('cancelled-%')).toMatchObject([{ slug: 'cancelled-b' }]);
  });
});

test('many creations and changes at once: each is done as it was asked for', async () => {
  const [category, tag] = [await given.category(), await given.tag()];
  const made = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      product.create({ name: `Many ${index}`, categoryId: category.id, tagIds: [tag.id], ...PRICES, stock: index }),
    ),
  );
  const products = made.map((answer) => dataOf(answer).createProduct);
  products.forEach((one, index) =>
    expect(one).toMatchObject({ slug: `many-${index}`, stock: index, tags: [{ id: tag.id }] }),
  );
  await Promise.all(
    products.map(async ({ id }) => dataOf(await product.update(id, { priceShmeckles: '2.50', isActive: false }))),
  );
  for (const { id } of products.slice(0, 3))
    expect(await product.read(id)).toMatchObject({ priceShmeckles: '2.50', isActive: false, version: 2 });
  const elsewhere = await rowsOf(
    service.database,
    'select 1 from product_tags as link join products on products.id = product_id where coalesce(link.category_id, 0) <> coalesce(products.category_id, 0)',
  );
  expect(elsewhere).toEqual([]);
  const { database } = service.server;
  expect(await findWrongCounts(testConfig(service.database.url).database, database)).toEqual([]);
});

test('a change says who made it and on whose request', async () => {
  const { id } = await given.product();
  const client = clientOf(service.server.url, service.adminToken, { 'x-request-id': 'on-request' });
  dataOf(await operationsOf(client).product.update(id, { stock: 77, imageUrl: null }, 1));
  const events = await rowsOf(
    service.database,
    `select source, request_id, actor_id is not null as is_known from events where entity = 'PRODUCT' and entity_id = ${id} order by id desc limit 1`,
  );
  expect(events).toMatchObject([{ source: 'API', request_id: 'on-request' }]);
});
