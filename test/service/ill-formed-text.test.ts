import { beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, type Made, operationsOf } from '../support/catalogue.js';
import { type Answer, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const admin = operationsOf(service.admin);

let shelf: Made, label: Made, mug: Made;
beforeAll(async () => {
  shelf = await given.category();
  label = await given.tag();
  mug = await given.product({ categoryId: shelf.id, tagIds: [label.id] });
});

/** What neither database can hold, or no text should. */
const ILL_FORMED = ['a\0b', 'a\u0007b', 'a\u001B[0m', 'a\u0085b', 'a\uD800b', 'a\uDC00', '\uDE00\uD83D'];

function expectRefusal(answer: Answer, path: (string | number)[], field: string): void {
  expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path, fields: [field] });
}

describe.each(ILL_FORMED)('the text %j', (text) => {
  test('is refused in every input, and nothing changes', async () => {
    const before = await contentsOf(service.admin);
    const prices = { priceShmeckles: 1, priceFlurbos: 1 };
    for (const [noun, entry] of [
      ['category', shelf],
      ['tag', label],
      ['product', mug],
    ] as const) {
      const required = { name: 'New', ...(noun === 'product' && prices) };
      const type = noun[0]?.toUpperCase() + noun.slice(1);
      for (const key of ['name', 'slug']) {
        expectRefusal(await admin[noun].create({ ...required, [key]: text }), [`create${type}`], `input.${key}`);
        expectRefusal(await admin[noun].update(entry.id, { [key]: text }), [`update${type}`], `input.${key}`);
      }
    }
    for (const key of ['description', 'imageUrl']) {
      const input = { [key]: key === 'imageUrl' ? `https://example.com/${text}` : text };
      const created = await admin.product.create({ name: 'New', ...prices, ...input });
      expectRefusal(created, ['createProduct'], `input.${key}`);
      expectRefusal(await admin.product.update(mug.id, input), ['updateProduct'], `input.${key}`);
    }
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('is the id of nothing in a mutation', async () => {
    const answers = [
      await admin.product.update(text, { name: 'X' }),
      await admin.tag.delete(text),
      await admin.product.adjustStock(text, 1),
      await admin.category.update(shelf.id, { parentId: text }),
      await admin.product.update(mug.id, { categoryId: text }),
      await admin.product.update(mug.id, { tagIds: [text] }),
    ];
    expect(answers.map(({ errors }) => errors?.map(({ extensions }) => extensions.code))).toEqual(
      answers.map(() => ['NOT_FOUND']),
    );
  });

  test.each([
    ['slug of an entry', 'query ($t: String!) { at: product(slug: $t) { id } }', 'slug'],
    [
      'nameContains',
      'query ($t: String!) { at: products(filter: { nameContains: $t }) { totalCount } }',
      'filter.nameContains',
    ],
    ['slugs', 'query ($t: String!) { at: tags(filter: { slugs: ["a", $t] }) { nodes { id } } }', 'filter.slugs.1'],
    ['ids', 'query ($t: ID!) { at: categories(filter: { ids: [$t] }) { nodes { id } } }', 'filter.ids.0'],
    [
      'categorySlug',
      'query ($t: String!) { at: products(filter: { categorySlug: $t }) { nodes { id } } }',
      'filter.categorySlug',
    ],
    ['a cursor', 'query ($t: String!) { at: products(after: $t) { nodes { id } } }', 'after'],
    [
      'an argument within a list',
      'query ($t: String!) { at: categories { edges { node { own: products(filter: { nameContains: $t }) { totalCount } } } } }',
      'edges.node.own.filter.nameContains',
    ],
  ])('is refused as %s', async (_, query, field) => {
    expectRefusal(await service.anonymous(query, { t: text }), ['at'], field);
  });

  test('is refused within what a mutation selects, and the mutation with it', async () => {
    const before = await contentsOf(service.admin);
    const answer = await service.admin(
      `mutation ($id: ID!, $t: String!) {
        updateCategory(id: $id, input: { name: "Lost" }) { products(filter: { nameContains: $t }) { totalCount } }
      }`,
      { id: shelf.id, t: text },
    );
    expectRefusal(answer, ['updateCategory'], 'products.filter.nameContains');
    expect(await contentsOf(service.admin)).toEqual(before);
  });
});

test.each(['\\u0000', '\\u0007', '\\uD83D'])('the escape %s in a literal is refused alike', async (escape) => {
  const answer = await service.anonymous(`{ products(filter: { nameContains: "a${escape}" }) { totalCount } }`);
  expect(answer.errors).toHaveLength(1);
  expect(['BAD_USER_INPUT', 'GRAPHQL_PARSE_FAILED']).toContain(answer.errors?.[0]?.extensions.code);
  expect(answer.data ?? null).toBeNull();
});

test.each(['a\u0000b', '\uD83D'])('nobody is called %j', async (username) => {
  const answer = await service.anonymous(
    'mutation ($username: String!) { login(username: $username, password: "plumbus for all") { accessToken } }',
    { username },
  );
  expect(answer).toFailWith({ code: 'INVALID_CREDENTIALS', path: ['login'] });
});

test('emoji, tabs and several lines are well-formed', async () => {
  const description = '😀\tone\r\ntwo\n';
  const answer = await admin.product.update(mug.id, { name: '👩‍🚀 Tea', description });
  expect(answer).toSucceed();
  expect(answer.data.updateProduct).toMatchObject({ name: '👩‍🚀 Tea', description });
});
