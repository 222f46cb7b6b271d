import { beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, type Made, operationsOf } from '../support/catalogue.js';
import { type Answer, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const admin = operationsOf(service.admin);

/** garden > rakes, a tag and a product in the catalogue of this file; no test changes it. */
let garden: Made, rakes: Made, sale: Made, mug: Made;
beforeAll(async () => {
  garden = await given.category({ name: 'Garden' });
  rakes = await given.category({ name: 'Rakes', parentId: garden.id });
  sale = await given.tag({ name: 'Скидка' });
  mug = await given.product({ name: 'Mug', categoryId: rakes.id, tagIds: [sale.id], stock: 3 });
});

let before: unknown;
beforeEach(async () => {
  before = await contentsOf(service.admin);
});
afterEach(async () => {
  // oxlint-disable-next-line vitest/no-standalone-expect -- the ending of every test of this file
  expect(await contentsOf(service.admin)).toEqual(before);
});

/** One error with this code and these fields, that tells nothing of the inside. */
function expectRefusal(answer: Answer, code: string, fields?: string[]): void {
  const path = answer.errors?.[0]?.path;
  expect(answer).toFailWith({ code, ...(path && { path }), ...(fields && { fields }) });
  expect(JSON.stringify(answer.errors)).not.toMatch(
    /\b(select|insert|update) |constraint|\bat \w+ \(|\.[jt]s:|node_modules/i,
  );
}

const PRODUCT = { name: 'New', priceShmeckles: '1.00', priceFlurbos: '1.00' };

const BAD_NAMES = ['', ' ', '\u00A0\u3000', 'x'.repeat(256), 'x'.repeat(300), 'a\nb', 'ﷺ'.repeat(255)];
const BAD_SLUGS = ['', ' ', 'red mug', 'Mug', '-mug', 'mug-', 'a--b', 'кружка', 'a_b', 'a/b', 'x'.repeat(201)];

describe.each(['category', 'tag', 'product'] as const)('a %s', (noun) => {
  const entry = () => ({ category: rakes, tag: sale, product: mug })[noun];
  const required = noun === 'product' ? PRODUCT : { name: 'New' };

  test.each(BAD_NAMES)('has no name like %j', async (name) => {
    expectRefusal(await admin[noun].create({ ...required, name }), 'BAD_USER_INPUT', ['input.name']);
    expectRefusal(await admin[noun].update(entry().id, { name }), 'BAD_USER_INPUT', ['input.name']);
  });

  test.each(BAD_SLUGS)('has no slug like %j', async (slug) => {
    expectRefusal(await admin[noun].create({ ...required, slug }), 'BAD_USER_INPUT', ['input.slug']);
    expectRefusal(await admin[noun].update(entry().id, { slug }), 'BAD_USER_INPUT', ['input.slug']);
  });

  test.each(['0', '2147483647', '2147483648', '9'.repeat(30), 'abc', '1e3', '-1', '1.0', '', ' 1', '01', '١'])(
    'with the id %j is not there',
    async (id) => {
      const queried = await service.admin(`query ($id: ID) { ${noun}(id: $id) { id } }`, { id });
      expect(queried).toSucceed();
      expect(queried.data).toEqual({ [noun]: null });
      for (const answer of [await admin[noun].update(id, { name: 'X' }), await admin[noun].delete(id)]) {
        expectRefusal(answer, 'NOT_FOUND');
        expect(answer.errors?.[0]?.message).toContain(`${JSON.stringify(id)} was not found.`);
      }
    },
  );

  test('is asked for by id or slug, and by one of them only', async () => {
    for (const args of ['', '(id: null)', '(id: null, slug: null)', '(id: 1, slug: "a")', '(slug: "a", id: "x")']) {
      const answer = await service.anonymous(`{ ${noun}${args} { id } }`);
      expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: [noun], fields: ['id'] });
    }
    const variables = { id: entry().id, slug: entry().slug };
    const both = await service.anonymous(
      `query ($id: ID, $slug: String) { ${noun}(id: $id, slug: $slug) { id } }`,
      variables,
    );
    expectRefusal(both, 'BAD_USER_INPUT', ['id']);
  });

  test('needs its name', async () => {
    const { name: _, ...nameless } = required;
    expectRefusal(await admin[noun].create(nameless), 'BAD_USER_INPUT', ['input.name']);
    expectRefusal(await admin[noun].create({ ...required, name: null }), 'BAD_USER_INPUT', ['input.name']);
    expectRefusal(await admin[noun].create({ ...required, name: 5 }), 'BAD_USER_INPUT', ['input.name']);
  });

  test('tells all that is wrong at once', async () => {
    const answer = await admin[noun].create({ ...required, name: '', slug: 'No Slug' });
    expectRefusal(answer, 'BAD_USER_INPUT', ['input.name', 'input.slug']);
  });
});

describe('a product', () => {
  const expectRefused = async (input: Record<string, unknown>, code: string, fields?: string[]) => {
    const answers = [await admin.product.create({ ...PRODUCT, ...input }), await admin.product.update(mug.id, input)];
    for (const answer of answers) expectRefusal(answer, code, fields);
    return answers;
  };

  test.each(['-1', -1, '1e3', '12.345', 12.345, 'NaN', '10000000000', 10_000_000_000, '', ' 1', '1,5', true, [], {}])(
    'has no price of %j',
    async (price) => {
      await expectRefused({ priceShmeckles: price }, 'BAD_USER_INPUT', ['input.priceShmeckles']);
      await expectRefused({ priceFlurbos: price }, 'BAD_USER_INPUT', ['input.priceFlurbos']);
    },
  );

  test.each(['-1', '1e3', '1E3', '12.345', '"12.345"', '"NaN"', '10000000000', '"1e3"', 'true', 'FREE', '{ of: 1 }'])(
    'has no price of the literal %s',
    async (price) => {
      const answer = await service.admin(
        `mutation { updateProduct(id: ${mug.id}, input: { priceShmeckles: ${price} }) { id } }`,
      );
      expectRefusal(answer, 'BAD_USER_INPUT', ['input.priceShmeckles']);
    },
  );

  test.each([5.1, -0.1, 6, -1, 1e308])('has no rating of %d', async (rating) => {
    await expectRefused({ rating }, 'BAD_USER_INPUT', ['input.rating']);
    const literal = `mutation { updateProduct(id: ${mug.id}, input: { rating: ${rating} }) { id } }`;
    expectRefusal(await service.admin(literal), 'BAD_USER_INPUT', ['input.rating']);
  });

  test.each([-1, 2 ** 31, -(2 ** 31), 1.5, '5', 1e30])('has no stock of %j', async (stock) => {
    await expectRefused({ stock }, 'BAD_USER_INPUT', ['input.stock']);
  });

  test.each(['2147483648', '1.5', '"5"', 'true'])('has no stock of the literal %s', async (stock) => {
    const answer = await service.admin(`mutation { updateProduct(id: ${mug.id}, input: { stock: ${stock} }) { id } }`);
    expectRefusal(answer, 'BAD_USER_INPUT', ['input.stock']);
  });

  test.each([
    'javascript:alert(1)',
    '/mug.png',
    'mug.png',
    '//example.com/mug.png',
    'ftp://a/b',
    'data:,x',
    '',
    'http://',
  ])('has no image at %j', async (imageUrl) => {
    await expectRefused({ imageUrl }, 'BAD_USER_INPUT', ['input.imageUrl']);
  });

  test('has no description of more than 20000 characters', async () => {
    await expectRefused({ description: 'x'.repeat(20_001) }, 'BAD_USER_INPUT', ['input.description']);
  });

  test.each(['2147483647', '9'.repeat(30), 'abc', '-1', ''])('has no category or tag %j, and says so', async (id) => {
    for (const answer of await expectRefused({ categoryId: id }, 'NOT_FOUND'))
      expect(answer.errors?.[0]?.message).toBe(`Category ${JSON.stringify(id)} was not found.`);
    for (const answer of await expectRefused({ tagIds: [sale.id, id, '77'] }, 'NOT_FOUND'))
      expect(answer.errors?.[0]?.message).toBe(`Tag ${JSON.stringify(id)} was not found.`);
  });

  test('takes no null among its tags', async () => {
    await expectRefused({ tagIds: [sale.id, null] }, 'BAD_USER_INPUT', ['input.tagIds.1']);
  });

  test('has no fields of its own invention', async () => {
    await expectRefused({ colour: 'red' }, 'BAD_USER_INPUT', ['input']);
  });

  test('with a taken slug is a conflict', async () => {
    expectRefusal(await admin.product.create({ ...PRODUCT, slug: mug.slug }), 'CONFLICT');
  });
});

describe('a conflict', () => {
  test('of names among siblings', async () => {
    expectRefusal(await admin.category.create({ name: 'Garden' }), 'CONFLICT');
    expectRefusal(await admin.category.create({ name: ' Rakes ', parentId: garden.id }), 'CONFLICT');
  });

  test.each(['Скидка', 'СКИДКА', ' скидка '])('of tag names without case: "%s"', async (name) => {
    expectRefusal(await admin.tag.create({ name, slug: 'another' }), 'CONFLICT');
  });

  test('of slugs', async () => {
    expectRefusal(await admin.category.create({ name: 'New', slug: garden.slug }), 'CONFLICT');
    expectRefusal(await admin.tag.create({ name: 'New', slug: sale.slug }), 'CONFLICT');
    expectRefusal(await admin.category.update(rakes.id, { slug: garden.slug }), 'CONFLICT');
  });

  test('of a category below itself or its descendant', async () => {
    expectRefusal(await admin.category.update(garden.id, { parentId: garden.id }), 'CONFLICT');
    expectRefusal(await admin.category.update(garden.id, { parentId: rakes.id }), 'CONFLICT');
  });

  test('of a category that is not there', async () => {
    expectRefusal(await admin.category.create({ name: 'New', parentId: '2147483647' }), 'NOT_FOUND');
    expectRefusal(await admin.category.update(rakes.id, { parentId: 'abc' }), 'NOT_FOUND');
  });
});

describe('a page', () => {
  test.each<[string, string]>([
    ['first: 0', 'first'],
    ['first: -1', 'first'],
    ['first: 101', 'first'],
    ['last: 0', 'last'],
    ['last: 101', 'last'],
    ['last: -2147483648', 'last'],
    ['first: 5, last: 5', 'last'],
  ])('of %s is refused', async (args, field) => {
    for (const list of ['products', 'categories', 'tags']) {
      const answer = await service.anonymous(`{ ${list}(${args}) { totalCount } }`);
      expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: [list], fields: [field] });
    }
    const nested = await service.anonymous(`{ all: tags { some: nodes { products(${args}) { nodes { id } } } } }`);
    expect(nested).toFailWith({ code: 'BAD_USER_INPUT', path: ['all'], fields: [`some.products.${field}`] });
  });

  test.each([0, 101, -1, 2 ** 31, 1.5, '5'])('of the variable %j is refused', async (first) => {
    const answer = await service.anonymous('query ($first: Int) { tags(first: $first) { totalCount } }', { first });
    expectRefusal(answer, 'BAD_USER_INPUT', ['first']);
  });

  test.each([
    [{ priceShmeckles: { min: '-1' } }, 'filter.priceShmeckles.min'],
    [{ createdAt: { from: 'yesterday' } }, 'filter.createdAt.from'],
    [{ createdAt: { to: '2026-02-30T00:00:00Z' } }, 'filter.createdAt.to'],
    [{ stock: { max: 2 ** 31 } }, 'filter.stock.max'],
    [{ ids: [null] }, 'filter.ids.0'],
    [{ isActive: 'yes' }, 'filter.isActive'],
  ])('with the filter %j is refused', async (filter, field) => {
    const answer = await service.anonymous(
      'query ($filter: ProductFilter) { products(filter: $filter) { totalCount } }',
      {
        filter,
      },
    );
    expectRefusal(answer, 'BAD_USER_INPUT', [field]);
  });

  test.each([
    ['priceShmeckles: { min: 1e3 }', 'filter.priceShmeckles.min'],
    ['createdAt: { from: "yesterday" }', 'filter.createdAt.from'],
    ['createdAt: { from: 2026 }', 'filter.createdAt.from'],
  ])('with the literal filter %s is refused', async (filter, field) => {
    const answer = await service.anonymous(`{ products(filter: { ${filter} }) { totalCount } }`);
    expectRefusal(answer, 'BAD_USER_INPUT', [field]);
  });
});
