import { beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf } from '../support/catalogue.js';
import { type List, pageOperation, readPage } from '../support/list-world.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);

beforeAll(async () => {
  for (const rating of [null, 1, 2.5]) await given.product({ rating });
  await given.tag();
  await given.tag();
});

const by = (field: string, direction: 'ASC' | 'DESC' = 'ASC'): List => ({
  field: 'products',
  filter: undefined,
  orderBy: { field, direction },
});
const byId: List = { field: 'products', filter: undefined, orderBy: undefined };

/** A cursor of a list's first entry. */
const cursorOf = async (list: List) => (await readPage(service.anonymous, list, { first: 1 })).pageInfo.endCursor ?? '';

/** Refused as either end, and the argument is named. */
async function expectRefused(list: List, cursor: string): Promise<void> {
  for (const page of [
    { first: 2, after: cursor },
    { last: 2, before: cursor },
  ]) {
    const answer = await service.anonymous(...pageOperation(list, page));
    expect(answer, cursor).toFailWith({ code: 'BAD_CURSOR', path: ['list'] });
    expect(answer.errors?.[0]?.message).toMatch('after' in page ? /^after is no cursor/ : /^before is no cursor/);
    expect(answer.data).toBeNull();
  }
}

describe('a cursor is refused', () => {
  test('with another order or direction', async () => {
    const cursor = await cursorOf(by('NAME'));
    for (const other of [by('NAME', 'DESC'), by('ID'), by('STOCK'), byId]) await expectRefused(other, cursor);
    await expectRefused(by('NAME'), await cursorOf(byId));
    await expectRefused(by('PRICE_FLURBOS'), await cursorOf(by('PRICE_SHMECKLES')));
  });

  test('with another filter', async () => {
    const cursor = await cursorOf({ ...byId, filter: { inStock: false } });
    for (const filter of [undefined, {}, { inStock: true }, { inStock: false, nameContains: 'P' }])
      await expectRefused({ ...byId, filter }, cursor);
  });

  test('by rank with another search, order or no search at all', async () => {
    const ranked: List = { ...byId, filter: { search: 'product' } };
    const cursor = await cursorOf(ranked);
    expect(cursor).toMatch(/^[0-9a-f]{8}\.\d+\.[1-4]$/);
    for (const list of [
      byId,
      { ...ranked, filter: { search: 'prod' } },
      { ...by('NAME'), filter: { search: 'product' } },
    ])
      await expectRefused(list, cursor);
    const [fingerprint] = cursor.split('.');
    for (const place of ['1', '1.x', '1.', '1.1e3', `1.${'9'.repeat(30)}`])
      await expectRefused(ranked, `${fingerprint}.${place}`);
    const last = await readPage(service.anonymous, ranked, {
      first: 10,
      after: `${fingerprint}.2147483647.999999999999999`,
    });
    expect(last.nodes).toEqual([]);
  });

  test('with another noun', async () => {
    await expectRefused({ ...byId, field: 'tags' }, await cursorOf(byId));
    await expectRefused({ ...byId, field: 'categories' }, await cursorOf(byId));
  });

  test.each(['', ' ', 'next', '1', 'null', '.', '..', '...', '🙂', 'eyJpZCI6MX0=', "' or 1=1 --", 'x'.repeat(10_000)])(
    'when it is no cursor at all: %j',
    async (text) => {
      await expectRefused(byId, text);
      await expectRefused(by('NAME'), text);
    },
  );

  test('when it is cut short, anywhere', async () => {
    const cursor = await cursorOf(by('PRICE_SHMECKLES'));
    const key = cursor.lastIndexOf('.') + 1;
    for (let length = 1; length <= key; length += 1)
      await expectRefused(by('PRICE_SHMECKLES'), cursor.slice(0, length));
  });

  test.each([
    ['ID', '9'.repeat(10)],
    ['ID', '9'.repeat(400)],
    ['ID', '-1'],
    ['ID', '1e3'],
    ['NAME', '1.5'],
    ['NAME', '1.ZZ'],
    ['NAME', '1.00'],
    ['NAME', '1.C3'],
    ['NAME', '1.EDA080'],
    ['STOCK', `1.${'9'.repeat(30)}`],
    ['STOCK', '1.1e3'],
    ['STOCK', '1.'],
    ['PRICE_SHMECKLES', `1.${'9'.repeat(16)}`],
    ['PRICE_SHMECKLES', '1.--1'],
    ['RATING', '1.1e999'],
    ['RATING', '1.NaN'],
    ['RATING', '1.Infinity'],
    ['RATING', '1.0x10'],
    ['CREATED_AT', '1.999999999999999'],
    ['CREATED_AT', '1.-999999999999999'],
    ['UPDATED_AT', '1.2026-11-20'],
  ])('when it is forged, by %s: %s', async (field, place) => {
    const list = field === 'ID' ? byId : by(field);
    const [fingerprint] = (await cursorOf(list)).split('.');
    await expectRefused(list, `${fingerprint}.${place}`);
  });
});

test.each([
  ['ID', '2147483647', ''],
  ['STOCK', '2147483647.999999999999999', ''],
  ['STOCK', '1.-999999999999999', 'all'],
  ['PRICE_SHMECKLES', '1.999999999999999', ''],
  ['RATING', '1.1e308', ''],
  ['RATING', '1.-1e308', 'all'],
  ['RATING', '2147483647.1e-320', 'rated'],
  ['CREATED_AT', '1.253402300799999', ''],
  ['CREATED_AT', '1.-62135596800000', 'all'],
  ['NAME', `1.${Buffer.from('\u{10FFFF}').toString('hex').toUpperCase()}`, ''],
  ['NAME', '1.', 'all'],
])('a forged one that could be is a place like any other: by %s, %s', async (field, place, behind) => {
  const list = field === 'ID' ? byId : by(field);
  const [fingerprint] = (await cursorOf(list)).split('.');
  const page = await readPage(service.anonymous, list, { first: 10, after: `${fingerprint}.${place}` });
  expect(page.nodes).toHaveLength({ '': 0, all: 3, rated: 2 }[behind] ?? 0);
  expect(page.pageInfo.hasPreviousPage).toBe(behind !== 'all');
});

test('a cursor within a list is named with its path', async () => {
  const answer = await service.anonymous('{ tags { edges { node { products(after: "x") { nodes { id } } } } } }');
  expect(answer).toFailWith({ code: 'BAD_CURSOR', path: ['tags'] });
  expect(answer.errors?.[0]?.message).toMatch(/^edges\.node\.products\.after is no cursor/);
});

test('a cursor is good again in another session, and from edges as from pageInfo', async () => {
  const list = by('RATING', 'DESC');
  const { edges, pageInfo } = await readPage(service.anonymous, list, { first: 2 });
  expect(edges.map(({ cursor }) => cursor)).toEqual([pageInfo.startCursor, pageInfo.endCursor]);
  const [next, again] = await Promise.all(
    [service.anonymous, service.admin].map((client) => readPage(client, list, { first: 2, after: edges[1]?.cursor })),
  );
  expect(next).toEqual(again);
  expect(next?.nodes).toHaveLength(1);
});
