import { beforeAll, describe, expect, test, vi } from 'vitest';
import { fillMissingWords } from '../../src/product/product-words.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { rawQuery } from '../support/raw-query.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);

/** The names that a search finds, in their order. */
async function found(filter: Record<string, unknown>, orderBy?: object): Promise<string[]> {
  const answer = await service.anonymous(
    'query ($filter: ProductFilter, $orderBy: ProductOrder) { products(first: 100, filter: $filter, orderBy: $orderBy) { totalCount nodes { name } } }',
    { filter, orderBy },
  );
  const { nodes, totalCount } = dataOf(answer).products;
  expect(totalCount).toBe(nodes.length);
  return nodes.map(({ name }: { name: string }) => name);
}

describe('a search', () => {
  beforeAll(async () => {
    for (const [name, description] of [
      ['Coffee grinder', 'Grinds beans for one mug of coffee.'],
      ['Saucer', 'Goes with every coffee mug.'],
      ['Mugs, a set of six', 'For coffee.'],
      ['Coffee mug', null],
      ['Ёлочная кружка', 'С ёлкой'],
      ['Crème brûlée', 'Straße'],
    ] as const)
      await given.product({ name, description });
  });

  test('finds words and beginnings of words, in any order, in name and description', async () => {
    expect(await found({ search: 'coff MUG' })).toEqual([
      'Coffee mug',
      'Coffee grinder',
      'Mugs, a set of six',
      'Saucer',
    ]);
    expect(await found({ search: 'mug coffee' })).toEqual([
      'Coffee mug',
      'Coffee grinder',
      'Mugs, a set of six',
      'Saucer',
    ]);
    expect(await found({ search: 'ug' })).toEqual([]);
    expect(await found({ search: 'coffee tea' })).toEqual([]);
  });

  test('puts whole words of the name first, then beginnings in it, then what only the description has', async () => {
    expect(await found({ search: 'mug' })).toEqual(['Coffee mug', 'Mugs, a set of six', 'Coffee grinder', 'Saucer']);
    const worstFirst = { field: 'RELEVANCE', direction: 'DESC' };
    expect(await found({ search: 'mug' }, worstFirst)).toEqual([
      'Saucer',
      'Coffee grinder',
      'Mugs, a set of six',
      'Coffee mug',
    ]);
    expect(await found({ search: 'mug' }, { field: 'NAME' })).toEqual([
      'Coffee grinder',
      'Coffee mug',
      'Mugs, a set of six',
      'Saucer',
    ]);
  });

  test.each(['елоч', 'ЁЛОЧНАЯ', 'елкой кружка', 'кру'])(
    'knows every alphabet, with and without accents: %s',
    async (search) => {
      expect(await found({ search })).toEqual(['Ёлочная кружка']);
    },
  );

  test.each(['creme', 'BRÛLÉE', 'strasse', 'STRASS', 'bru\u0302le'])('folds accents and case: %s', async (search) => {
    expect(await found({ search })).toEqual(['Crème brûlée']);
  });

  test.each([
    ['"coffee mug"', 4],
    ['coffee* AND NOT mug:*', 0],
    ["coffee'); drop table products; --", 0],
    ['coffee & mug | !', 4],
    ['name:coffee', 0],
    ['^coffee', 4],
    ['%', 0],
    ['_', 0],
    ['\\', 0],
    ['😀', 0],
    ['', 0],
    [' \t\n ', 0],
    ['the and of a', 0],
    ['x'.repeat(10_000), 0],
    ['coffee '.repeat(1_400), 4],
    ['"'.repeat(10_000), 0],
    [Array.from({ length: 3_000 }, (_, index) => index).join(' '), 0],
  ])('takes whatever is typed: %j', async (search, count) => {
    expect(await found({ search })).toHaveLength(count);
    expect(await found({ search }, { field: 'PRICE_FLURBOS' })).toHaveLength(count);
  });

  test('is what RELEVANCE is about: without one it is refused', async () => {
    for (const filter of [undefined, {}, { search: null }]) {
      const answer = await service.anonymous(
        'query ($filter: ProductFilter) { products(filter: $filter, orderBy: { field: RELEVANCE }) { totalCount } }',
        { filter },
      );
      expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['products'], fields: ['orderBy.field'] });
    }
  });
});

test('a search and a part of a name follow what is changed and deleted', async () => {
  const { id } = await given.product({ name: 'Flurbo press', description: 'Presses gromflomites.' });
  expect(await found({ search: 'gromf' })).toEqual(['Flurbo press']);
  dataOf(await product.update(id, { description: 'Presses snuffles.' }));
  expect(await found({ search: 'gromf' })).toEqual([]);
  dataOf(await product.update(id, { name: 'Snuffle press' }));
  expect(await found({ search: 'snuffles snuffle' })).toEqual(['Snuffle press']);
  expect(await found({ nameContains: 'flurbo pr' })).toEqual([]);
  expect(await found({ nameContains: 'UFFLE pr' })).toEqual(['Snuffle press']);
  dataOf(await product.update(id, { stock: 3 }));
  expect(await found({ search: 'snuff', nameContains: 'le p' })).toEqual(['Snuffle press']);
  dataOf(await product.delete(id));
  expect(await found({ search: 'snuff' })).toEqual([]);
  expect(await found({ nameContains: 'snuffle' })).toEqual([]);
});

test('what a statement of somebody else changes is found at once', async () => {
  const { database } = service.server;
  const { id, slug } = await given.product({ name: 'Wormhole hat' });
  const byPart = async (nameContains: string) => (await found({ nameContains })).length;
  expect(await byPart('hole h')).toBe(1);
  await rawQuery(database, `update products set name_key = 'space hat' where id = ${id}`);
  expect([await byPart('hole h'), await byPart('space h')]).toEqual([0, 1]);
  const copy = `insert into products (created_at, updated_at, name, name_key, slug, price_shmeckles, price_flurbos, rating_key)
    select created_at, updated_at, name, 'tall hat', slug || '-2', 1, 1, -1 from products where slug = '${slug}'`;
  await rawQuery(database, copy);
  await rawQuery(database, `update products set id = id + 1000000 where id = ${id}`);
  expect([await byPart('space h'), await byPart('tall h')]).toEqual([1, 1]);
  await rawQuery(database, `delete from products where slug like '${slug}%'`);
  expect([await byPart('space h'), await byPart('tall h')]).toEqual([0, 0]);
});

test('a mutation finds what it has changed itself', async () => {
  const { id: categoryId } = await given.category();
  const { id } = await given.product({ name: 'Portal gun', categoryId });
  const answer = await service.admin(
    `mutation ($id: ID!) { updateProduct(id: $id, input: { name: "Ray blaster" }) {
      category { old: products(filter: { nameContains: "rtal g" }) { totalCount } new: products(filter: { nameContains: "ay bl" }) { totalCount } }
    } }`,
    { id },
  );
  expect(dataOf(answer).updateProduct.category).toEqual({ old: { totalCount: 0 }, new: { totalCount: 1 } });
});

const backlog = () => rawQuery(service.server.database, 'select indexed, id from search_backlog');

test.runIf(DATABASE === 'sqlite')('while somebody searches, a commit leaves nothing to take in', async () => {
  const { database } = service.server;
  expect(await found({ nameContains: 'butter' })).toEqual([]);
  await given.product({ name: 'Butter robot' });
  expect(await backlog()).toEqual([]);
  const conflict = `insert or abort into products (id, created_at, updated_at, name, name_key, search_words, slug, price_shmeckles, price_flurbos, rating_key) values
    (7000000, 1, 1, 'Butter', 'butter', '', 'butter-by-hand', 1, 1, -1)`;
  await rawQuery(database, conflict);
  await rawQuery(database, 'delete from products where id = 7000000');
  // Noted twice, which no conflict clause of somebody else's makes an error.
  await rawQuery(database, conflict);
  expect(await backlog()).toHaveLength(2);
  await given.tag();
  expect(await backlog()).toEqual([]);
  expect(await found({ nameContains: 'butter' })).toEqual(['Butter robot', 'Butter']);
});

test.runIf(DATABASE === 'sqlite')('while nobody does, commits leave a little to the first search', async () => {
  const { database } = service.server;
  const now = performance.now.bind(performance);
  const later = vi.spyOn(performance, 'now').mockImplementation(() => now() + 2000);
  for (const name of ['First', 'Second']) await given.product({ name: `${name} gazorpazorp` });
  expect(await backlog()).toHaveLength(4);
  expect(await found({ nameContains: 'gazorpa' })).toEqual(['First gazorpazorp', 'Second gazorpazorp']);
  expect(await backlog()).toEqual([]);

  later.mockImplementation(() => now() + 4000);
  await given.product({ name: 'Third gazorpazorp' });
  expect(await backlog()).toHaveLength(2);
  await expect.poll(backlog, { timeout: 5000 }).toEqual([]);
  await rawQuery(
    database,
    `insert into products (created_at, updated_at, name, name_key, search_words, slug, price_shmeckles, price_flurbos, rating_key)
      select 1, 1, 'Many', 'many', '', 'many-' || position, 1, 1, -1 from text_positions where position <= 70`,
  );
  expect(await backlog()).toHaveLength(140);
  await given.tag();
  expect(await backlog()).toEqual([]);
  later.mockRestore();
});

test('what a statement of somebody else has inserted is found once a start has computed its words', async () => {
  const { database } = service.server;
  const at = database.dialect.kind === 'sqlite' ? '1' : "'2026-01-01'";
  const source =
    database.dialect.kind === 'sqlite'
      ? 'text_positions where position <= 1001'
      : 'generate_series(1, 1001) as position';
  await rawQuery(
    database,
    'insert into products (created_at, updated_at, name, name_key, slug, description, price_shmeckles, price_flurbos, rating_key) ' +
      `select ${at}, ${at}, 'Plumbus', 'plumbus', 'plumbus-' || position, 'Everybody has one.', 1, 1, -1 from ${source}`,
  );
  const count = async (filter: object) =>
    dataOf(
      await service.anonymous('query ($filter: ProductFilter) { products(filter: $filter) { totalCount } }', {
        filter,
      }),
    ).products.totalCount;
  expect(await count({ nameContains: 'plumb' })).toBe(1001);
  expect(await count({ search: 'plumbus' })).toBe(0);
  expect(await fillMissingWords(database)).toBe(1001);
  expect(await count({ search: 'plumbus everybody' })).toBe(1001);
  expect(await fillMissingWords(database)).toBe(0);
});

describe('a part of a name', () => {
  test.each([
    ['categories', 'category'],
    ['tags', 'tag'],
  ] as const)('of %s is found and follows a new name', async (list, noun) => {
    const made = await given[noun]({ name: `Ünter_100% ${noun}` });
    const names = async (nameContains: string) => {
      const type = noun === 'tag' ? 'TagFilter' : 'CategoryFilter';
      const query = `query ($filter: ${type}) { list: ${list}(filter: $filter) { totalCount nodes { id } } }`;
      const { list: page } = dataOf(await service.anonymous(query, { filter: { nameContains } }));
      return page.nodes.some(({ id }: { id: string }) => id === made.id);
    };
    for (const part of ['ü', 'ÜNT', 'r_', '_1', '00%', '% ', noun, '']) expect(await names(part), part).toBe(true);
    dataOf(await operationsOf(service.admin)[noun].update(made.id, { name: `Renamed ${noun}` }));
    expect(await names('ünt')).toBe(false);
    expect(await names('med')).toBe(true);
  });

  test('of users: username, first and last name', async () => {
    const input = {
      username: 'squanchy',
      firstName: 'Сквончи',
      lastName: "O'Squanch 100%",
      password: 'a very long password',
    };
    dataOf(await service.admin('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input }));
    const users = async (search: string) =>
      dataOf(
        await service.admin('query ($search: String) { users(filter: { search: $search }) { nodes { username } } }', {
          search,
        }),
      ).users.nodes.map(({ username }: { username: string }) => username);
    for (const search of ['UANCHY', 'скв', 'ч', "o'sq", 'hy скв', '%'])
      expect(await users(search)).toEqual(['squanchy']);
    expect(await users('squanchyy')).toEqual([]);
  });
});
