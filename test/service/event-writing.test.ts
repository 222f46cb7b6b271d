import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import { hash } from 'argon2';
import { getMetadataStorage } from 'type-graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { Category } from '../../src/category/category.entity.js';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { TRACKED_TABLES, type TrackedTable } from '../../src/event/tracked-tables.js';
import { findWrongCounts } from '../../src/product/check-counts.js';
import { insertProducts } from '../../src/product/new-products.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { runCatalog } from '../support/catalog-command.js';
import { DATABASE } from '../support/database.js';
import { eventsAfter, eventsOf, lastEventId, type StoredEvent } from '../support/events.js';
import { PASSWORD, person, refresh, signIn } from '../support/people.js';
import { rawQuery } from '../support/raw-query.js';
import { testConfig, useService } from '../support/service.js';
import { importInto, jsonLines, sourceOf } from '../support/transfer.js';

const service = useService({ DATABASE_POOL_SIZE: '20' });
const given = catalogueOf(service.admin);
const { product, category, tag } = operationsOf(service.admin);
const raw = (statement: string) => rawQuery(service.server.database, statement);
const eventsWhile = (work: () => unknown) => eventsOf(service, work);

let adminId: string;
beforeAll(async () => {
  adminId = dataOf(await service.admin('{ me { id } }')).me.id;
});

const told = (events: StoredEvent[]) => events.map(({ type, entityId, changes }) => ({ type, entityId, changes }));
const typesOf = (events: StoredEvent[]) => events.map(({ type, entityId }) => `${type} ${entityId}`);

test('every public column of an entry is told of', () => {
  const { objectTypes } = getMetadataStorage();
  const untold = new Set(['id', 'version', 'createdAt', 'updatedAt', 'productCount', 'tags']);
  for (const { entity, table, fields } of Object.values(TRACKED_TABLES) as TrackedTable[]) {
    const meta = [...service.server.database.orm.em.getMetadata().getAll().values()].find(
      (one) => one.tableName === table,
    );
    const type = objectTypes.find(({ name }) => name.toUpperCase() === entity);
    const stored: ReadonlySet<string> = new Set(
      meta?.props.filter(({ fieldNames }) => fieldNames?.length === 1).map(({ name }) => name),
    );
    const isStored = (name: string) => stored.has(name);
    const isPublic = (type?.fields ?? []).map(({ name }) => name).filter((name) => isStored(name) && !untold.has(name));
    const toField = (name: string) => (name === 'category' || name === 'parent' ? `${name}Id` : name);
    expect(fields.map(({ field }) => field).toSorted()).toEqual(isPublic.map(toField).toSorted());
  }
});

describe('a product', () => {
  test('that is made tells all that it has, its tags included', async () => {
    const [top, one, other] = [await given.category(), await given.tag(), await given.tag()];
    const input = { name: 'Plumbus "2"', slug: 'plumbus-2', priceShmeckles: '250.5', priceFlurbos: 3, stock: 4 };
    const rest = { rating: 5, description: 'Ünïversal\n\\ ✓', categoryId: top.id, tagIds: [other.id, one.id] };
    const [event, ...others] = await eventsWhile(() => given.product({ ...input, ...rest }));
    expect(others).toEqual([]);
    expect(event).toEqual({
      id: expect.any(Number),
      type: 'product.created',
      entity: 'PRODUCT',
      entityId: expect.any(String),
      label: 'Plumbus "2"',
      changes: {
        name: [null, 'Plumbus "2"'],
        slug: [null, 'plumbus-2'],
        description: [null, 'Ünïversal\n\\ ✓'],
        priceShmeckles: [null, '250.50'],
        priceFlurbos: [null, '3.00'],
        stock: [null, 4],
        rating: [null, 5],
        isActive: [null, true],
        categoryId: [null, top.id],
        tagIds: [null, [one.id, other.id]],
      },
      actorId: adminId,
      source: 'API',
      requestId: expect.stringMatching(/^[\w-]{36}$/),
      occurredAt: expect.any(Date),
    });
    expect(Math.abs(Date.now() - (event as StoredEvent).occurredAt.getTime())).toBeLessThan(60_000);
  });

  test('that changes tells what has changed, from what to what', async () => {
    const [top, made] = [await given.category(), await given.product({ rating: 4.25 })];
    const input = { priceShmeckles: '0.05', isActive: false, rating: null, categoryId: top.id, name: made.name };
    const changes = await eventsWhile(() => product.update(made.id, input));
    expect(told(changes)).toEqual([
      {
        type: 'product.updated',
        entityId: made.id,
        changes: {
          priceShmeckles: ['10.00', '0.05'],
          rating: [4.25, null],
          isActive: [true, false],
          categoryId: [null, top.id],
        },
      },
    ]);
  });

  test('of which nothing changes tells nothing', async () => {
    const mark = await given.tag();
    const made = await given.product({ tagIds: [mark.id] });
    const nothing = await eventsWhile(async () => {
      dataOf(await product.update(made.id, { name: made.name, stock: 0, tagIds: [mark.id] }));
      dataOf(await product.adjustStock(made.id, 0));
      await raw(
        `update products set version = version + 1, search_words = null, name_key = name_key where id = ${made.id}`,
      );
    });
    expect(nothing).toEqual([]);
  });

  test('whose stock alone changes says so, by either operation', async () => {
    const made = await given.product({ stock: 2 });
    const events = await eventsWhile(async () => {
      dataOf(await product.adjustStock(made.id, -2));
      dataOf(await product.update(made.id, { stock: 9 }));
      dataOf(await product.update(made.id, { stock: 3, priceFlurbos: 7 }));
    });
    expect(told(events)).toEqual([
      { type: 'product.stock_changed', entityId: made.id, changes: { stock: [2, 0] } },
      { type: 'product.stock_changed', entityId: made.id, changes: { stock: [0, 9] } },
      { type: 'product.updated', entityId: made.id, changes: { priceFlurbos: ['1.00', '7.00'], stock: [9, 3] } },
    ]);
  });

  test('whose tags change tells each that comes or goes, and of none that stays', async () => {
    const [stays, goes, comes] = [await given.tag(), await given.tag(), await given.tag()];
    const made = await given.product({ tagIds: [stays.id, goes.id] });
    const events = await eventsWhile(() => product.update(made.id, { stock: 1, tagIds: [comes.id, stays.id] }));
    expect(events.every(({ label }) => label === made.name)).toBe(true);
    expect(told(events).toSorted((a, b) => (a.type < b.type ? -1 : 1))).toEqual([
      { type: 'product.stock_changed', entityId: made.id, changes: { stock: [0, 1] } },
      { type: 'product.tagged', entityId: made.id, changes: { tagIds: [[], [comes.id]] } },
      { type: 'product.untagged', entityId: made.id, changes: { tagIds: [[goes.id], []] } },
    ]);
  });

  test('that is deleted tells all that it had', async () => {
    const [one, other] = [await given.tag(), await given.tag()];
    const made = await given.product({ tagIds: [one.id, other.id] });
    const events = await eventsWhile(() => product.delete(made.id));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ label: made.name, type: 'product.deleted', entityId: made.id, actorId: adminId });
    expect(events[0]?.changes).toEqual({
      name: [made.name, null],
      slug: [made.slug, null],
      priceShmeckles: ['10.00', null],
      priceFlurbos: ['1.00', null],
      stock: [0, null],
      isActive: [true, null],
      tagIds: [[one.id, other.id], null],
    });
  });
});

describe('a category', () => {
  test('that is made, changed, moved and deleted', async () => {
    const parent = await given.category();
    let id = '';
    const events = await eventsWhile(async () => {
      id = (await given.category({ name: 'Lamps', slug: 'lamps', parentId: parent.id })).id;
      dataOf(await category.update(id, { name: 'Lights', isActive: false }));
      dataOf(await category.update(id, { parentId: null }));
      dataOf(await category.delete(id));
    });
    expect(told(events)).toEqual([
      {
        type: 'category.created',
        entityId: id,
        changes: { name: [null, 'Lamps'], slug: [null, 'lamps'], isActive: [null, true], parentId: [null, parent.id] },
      },
      { type: 'category.updated', entityId: id, changes: { name: ['Lamps', 'Lights'], isActive: [true, false] } },
      { type: 'category.updated', entityId: id, changes: { parentId: [parent.id, null] } },
      {
        type: 'category.deleted',
        entityId: id,
        changes: { name: ['Lights', null], slug: ['lamps', null], isActive: [false, null] },
      },
    ]);
  });

  test('that moves or is hidden tells nothing of what stands below it', async () => {
    const top = await given.category();
    await given.category({ parentId: top.id });
    const events = await eventsWhile(() => category.update(top.id, { isActive: false }));
    expect(typesOf(events)).toEqual([`category.updated ${top.id}`]);
  });

  test('that is deleted takes itself off its products', async () => {
    const top = await given.category();
    const made = await given.product({ categoryId: top.id });
    const events = await eventsWhile(() => category.delete(top.id));
    expect(told(events)).toContainEqual({
      type: 'product.updated',
      entityId: made.id,
      changes: { categoryId: [top.id, null] },
    });
    expect(typesOf(events).toSorted()).toEqual([`category.deleted ${top.id}`, `product.updated ${made.id}`]);
  });
});

test('a tag that is made, changed and deleted, and what that is to a product', async () => {
  let id = '';
  let productId = '';
  const events = await eventsWhile(async () => {
    id = (await given.tag({ name: 'New', slug: 'new' })).id;
    dataOf(await tag.update(id, { name: 'Brand new' }));
    productId = (await given.product({ tagIds: [id] })).id;
    dataOf(await tag.delete(id));
  });
  expect(typesOf(events).slice(0, 3)).toEqual([
    `tag.created ${id}`,
    `tag.updated ${id}`,
    `product.created ${productId}`,
  ]);
  expect(told(events.slice(3)).toSorted((a, b) => (a.type < b.type ? -1 : 1))).toEqual([
    { type: 'product.untagged', entityId: productId, changes: { tagIds: [[id], []] } },
    { type: 'tag.deleted', entityId: id, changes: { name: ['Brand new', null], slug: ['new', null] } },
  ]);
});

describe('a user', () => {
  test('who is made, changed and deleted', async () => {
    let id = '';
    const events = await eventsWhile(async () => {
      id = (await person(service, 'USER', 'summer')).id;
      const update = 'mutation ($id: ID!) { updateUser(id: $id, input: { age: 17, role: CASHIER }) { id } }';
      dataOf(await service.admin(update, { id }));
      dataOf(await service.admin('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id }));
    });
    expect(events.map(({ label, actorId }) => [label, actorId])).toEqual([1, 2, 3].map(() => ['summer', adminId]));
    expect(told(events)).toEqual([
      {
        type: 'user.created',
        entityId: id,
        changes: {
          username: [null, 'summer'],
          slug: [null, 'summer'],
          firstName: [null, 'Rick'],
          lastName: [null, 'Sanchez'],
          role: [null, 'USER'],
          isActive: [null, true],
        },
      },
      { type: 'user.updated', entityId: id, changes: { age: [null, 17], role: ['USER', 'CASHIER'] } },
      { type: 'user.deleted', entityId: id, changes: expect.objectContaining({ username: ['summer', null] }) },
    ]);
  });

  test('who registers is nobody yet', async () => {
    const input = { username: 'newcomer', password: PASSWORD, firstName: 'New', lastName: 'Comer' };
    const events = await eventsWhile(() =>
      service.anonymous('mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }', { input }),
    );
    expect(events).toMatchObject([{ type: 'user.created', label: 'newcomer', actorId: null, source: 'API' }]);
  });

  test('who signs in, refreshes and signs out tells nothing, though the password is hashed anew', async () => {
    const { username, id } = await person(service);
    const cheap = await hash(PASSWORD, { memoryCost: 8192, timeCost: 2, parallelism: 1 });
    await raw(`update users set password_hash = '${cheap}' where id = ${id}`);
    const events = await eventsWhile(async () => {
      const again = await signIn(service, username);
      dataOf(await refresh(service.anonymous, again.refreshToken));
      dataOf(await again.ask('mutation { logout }'));
    });
    expect(events).toEqual([]);
    expect(await raw(`select 1 from users where id = ${id} and password_hash = '${cheap}'`)).toEqual([]);
  });

  test('whose password changes: that it did, and no more', async () => {
    const { ask, id } = await person(service);
    const change = `mutation { changePassword(currentPassword: "${PASSWORD}", newPassword: "another plumbus, please") { id } }`;
    const events = await eventsWhile(async () => dataOf(await ask(change)));
    expect(events).toMatchObject([{ type: 'user.updated', actorId: id, changes: { password: [null, null] } }]);
    expect(JSON.stringify(await raw('select * from events'))).not.toContain('$argon2');
  });
});

describe('who did it, and why', () => {
  test('a request says its own id', async () => {
    const { accessToken, id } = await person(service, 'ADMIN');
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${accessToken}`,
      'x-request-id': "it's.mine",
    };
    const send = (requestId: string) =>
      fetch(service.server.url, {
        method: 'POST',
        headers: { ...headers, 'x-request-id': requestId },
        body: JSON.stringify({ query: 'mutation { createTag(input: { name: "Mine" }) { id } }' }),
      });
    const events = await eventsWhile(() => send('mine-1.a'));
    expect(events).toMatchObject([{ type: 'tag.created', actorId: id, source: 'API', requestId: 'mine-1.a' }]);
  });

  test('a command', async () => {
    const { username, id } = await person(service);
    const events = await eventsWhile(() => runCatalog(service.database, ['user', 'role', username, 'CASHIER']));
    expect(events).toMatchObject([
      { entityId: id, actorId: null, source: 'COMMAND', requestId: null, changes: { role: ['USER', 'CASHIER'] } },
    ]);
  });

  test("a statement of somebody's own, of many rows", async () => {
    const top = await given.category();
    const made = [await given.product({ categoryId: top.id }), await given.product({ categoryId: top.id })];
    const events = await eventsWhile(() => raw(`update products set stock = stock + 1 where category_id = ${top.id}`));
    expect(typesOf(events).toSorted()).toEqual(made.map(({ id }) => `product.stock_changed ${id}`).toSorted());
    expect(events).toMatchObject(made.map(() => ({ source: 'SQL', actorId: null, requestId: null })));
  });

  test('an import, with one id for all of it', async () => {
    const lines = jsonLines(
      { type: 'category', slug: 'imported', name: 'Imported' },
      { type: 'tag', slug: 'by-file', name: 'By file' },
      {
        type: 'product',
        slug: 'first',
        name: 'First',
        priceShmeckles: '1.00',
        priceFlurbos: '2.00',
        category: 'imported',
        tags: ['by-file'],
      },
      { type: 'product', slug: 'second', name: 'Second', priceShmeckles: '1.00', priceFlurbos: '2.00' },
    );
    const load = (text: string) => importInto(service.server.database, [sourceOf(text)], { format: 'ndjson' });
    const events = await eventsWhile(() => load(lines));
    expect(events.map(({ type, label }) => [type, label])).toEqual([
      ['category.created', 'Imported'],
      ['tag.created', 'By file'],
      ['product.created', 'First'],
      ['product.created', 'Second'],
    ]);
    expect(new Set(events.map(({ source, actorId, requestId }) => `${source} ${actorId} ${requestId}`)).size).toBe(1);
    expect(events[0]).toMatchObject({
      source: 'IMPORT',
      actorId: null,
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(events[2]?.changes).toMatchObject({
      categoryId: [null, events[0]?.entityId],
      tagIds: [null, [events[1]?.entityId]],
    });

    const same = await eventsWhile(() => load(lines));
    expect(same).toEqual([]);
    const retagged = lines.replace('"priceFlurbos":"2.00"}', '"priceFlurbos":"3.00","tags":["by-file"]}');
    expect(told(await eventsWhile(() => load(retagged)))).toEqual([
      { type: 'product.updated', entityId: events[3]?.entityId, changes: { priceFlurbos: ['2.00', '3.00'] } },
      { type: 'product.tagged', entityId: events[3]?.entityId, changes: { tagIds: [[], [events[1]?.entityId]] } },
    ]);
    expect(
      await eventsWhile(() =>
        importInto(service.server.database, [sourceOf(jsonLines({ type: 'tag', slug: 'dry', name: 'Dry' }))], {
          format: 'ndjson',
          isDryRun: true,
        }),
      ),
    ).toEqual([]);
  });
});

test('what is taken back has not happened', async () => {
  const taken = await given.category();
  const events = await eventsWhile(async () => {
    const refused = await category.create({ name: 'Another', slug: taken.slug });
    expect(refused.errors).toHaveLength(1);
    const work = unitOfWork(service.server.database, async (em) => {
      await em.nativeUpdate(Category, { id: Number(taken.id) }, { name: 'Never' });
      throw new Error('taken back');
    });
    await expect(work).rejects.toThrow('taken back');
  });
  expect(events).toEqual([]);
});

test('nothing of an author is left for who comes next', async () => {
  const made = await given.product();
  await Promise.allSettled([product.update(made.id, { stock: 1 }), product.update(made.id, { categoryId: '999999' })]);
  const events = await eventsWhile(() => raw(`update products set stock = 5 where id = ${made.id}`));
  expect(events).toMatchObject([{ source: 'SQL', actorId: null, requestId: null }]);
});

test('products that an import makes at once are told of, counted and found as those that a mutation makes', async () => {
  const [top, one, other] = [await given.category(), await given.tag(), await given.tag()];
  const odd = { description: 'Ünïversal\n\\ ✓ "x"\t\u2028', imageUrl: 'https://x.example/1', stock: 3, rating: 4.5 };
  const inputs = [
    {
      name: 'Quxel "Ä" 1',
      priceShmeckles: '0.05',
      priceFlurbos: '12345.60',
      ...odd,
      tags: [other, one],
      category: top,
    },
    { name: 'Quxel 2', priceShmeckles: '7.00', priceFlurbos: '0.00', rating: 5, isActive: false, tags: [one] },
    { name: 'Quxel 3', priceShmeckles: '1.10', priceFlurbos: '1.00', rating: 0, category: top },
    { name: 'Quxel 4', priceShmeckles: '1.10', priceFlurbos: '1.00', tags: [] },
  ];
  const mutated = await eventsWhile(async () => {
    for (const { tags, category: within, ...input } of inputs)
      await given.product({ ...input, tagIds: tags?.map(({ id }) => id), categoryId: within?.id });
  });
  const lines = inputs.map(({ tags, category: within, ...input }, index) =>
    JSON.stringify({
      type: 'product',
      slug: `at-once-${index}`,
      ...input,
      tags: tags?.map(({ slug }) => slug),
      category: within?.slug,
    }),
  );
  const imported = await eventsWhile(() => importInto(service.server.database, [sourceOf(lines.join('\n'))]));
  const comparable = (events: StoredEvent[]) =>
    events.map(({ type, entity, label, changes: { slug: _slug, ...changes } }) => ({ type, entity, label, changes }));
  expect(comparable(imported)).toEqual(comparable(mutated));
  expect(imported.map(({ changes }) => changes.slug)).toEqual(inputs.map((_, index) => [null, `at-once-${index}`]));
  const found = dataOf(
    await service.admin(
      '{ words: products(filter: { search: "quxel" }) { totalCount } part: products(filter: { nameContains: "uxel" }) { totalCount } }',
    ),
  );
  expect(found).toEqual({ words: { totalCount: 8 }, part: { totalCount: 8 } });
  expect(await findWrongCounts(testConfig(service.database.url).database, service.server.database)).toEqual([]);
  const changes = await eventsWhile(() => given.product({ name: 'Quxel 5', tagIds: [one.id] }));
  expect(changes).toMatchObject([{ type: 'product.created', source: 'API' }]);
});

const FAULT = /products_price_shmeckles_check/;

/** A product at a price that no database takes. */
const FAULTY = {
  columns: {
    id: [undefined],
    version: [1],
    createdAt: [new Date()],
    updatedAt: [new Date()],
    name: ['Faulty'],
    nameKey: ['faulty'],
    searchWords: [' =faulty faulty '],
    slug: ['faulty'],
    description: [null],
    imageUrl: [null],
    priceShmeckles: [-1],
    priceFlurbos: [1],
    stock: [0],
    rating: [null],
    ratingKey: [-1],
    isActive: [true],
    category: [null],
  },
  tagIds: [[]],
  changes: undefined,
};

test('a rating that each database writes in its own way is told of as the triggers do', async () => {
  const fields = { name: 'Ragged', priceShmeckles: '1.00', priceFlurbos: '1.00', rating: 0.1 + 0.2 };
  const mutated = await eventsWhile(() => given.product({ ...fields, slug: 'ragged-1' }));
  const file = jsonLines({ type: 'product', slug: 'ragged-2', ...fields });
  const imported = await eventsWhile(() => importInto(service.server.database, [sourceOf(file)]));
  expect(imported.map(({ changes }) => changes.rating)).toEqual(mutated.map(({ changes }) => changes.rating));
});

test('where products can not be made at once, the next ones are told of, counted and found again', async () => {
  const { database } = service.server;
  const stopped = (em: EntityManager) => insertProducts(em, database, FAULTY);
  await database.fork().transactional(async (em) => {
    await expect(em.transactional(stopped)).rejects.toThrow(FAULT);
  });
  await expect(database.fork().transactional(stopped)).rejects.toThrow(FAULT);
  const mark = await given.tag();
  const events = await eventsWhile(() => given.product({ name: 'Fleebling', tagIds: [mark.id] }));
  expect(told(events)).toMatchObject([{ type: 'product.created', changes: { tagIds: [null, [mark.id]] } }]);
  const found = dataOf(await service.admin('{ products(filter: { search: "fleebling" }) { totalCount } }'));
  expect(found.products.totalCount).toBe(1);
  expect(await findWrongCounts(testConfig(service.database.url).database, database)).toEqual([]);
});

test('ids are given in the order of the commits, however many write', async () => {
  const before = await lastEventId(service);
  const seen: number[] = [];
  const writing = new Set(['many']);
  // Who has read up to an event must never find one before it later on.
  const reader = (async () => {
    const read = async () => seen.push(...(await eventsAfter(service, seen.at(-1) ?? before)).map(({ id }) => id));
    for (;;) {
      const wasWriting = writing.size > 0;
      await read();
      if (!wasWriting) return;
      await sleep(1);
    }
  })();
  const made = await Promise.all(Array.from({ length: 10 }, () => given.product()));
  await Promise.all(made.flatMap(({ id }) => [1, 2, 3].map(() => product.adjustStock(id, 1))));
  writing.clear();
  await reader;
  const all = await eventsAfter(service, before);
  expect(all).toHaveLength(40);
  expect(seen).toEqual(all.map(({ id }) => id));
  for (const { id } of made) {
    const stocks = all.filter((event) => event.entityId === id && event.type === 'product.stock_changed');
    expect(stocks.map(({ changes }) => changes.stock)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
  }
});

test.runIf(DATABASE === 'postgresql')('a transaction that has not committed holds nobody up', async () => {
  const made = await given.product();
  await unitOfWork(service.server.database, async (em) => {
    await em.nativeUpdate(Category, { id: Number((await given.category()).id) }, { name: 'Long' });
    expect((await product.adjustStock(made.id, 1)).errors).toBeUndefined();
  });
});
