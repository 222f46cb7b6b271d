import { beforeAll, expect, test } from 'vitest';
import { catalogueOf } from '../support/catalogue.js';
import { clientOf, useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);

beforeAll(async () => {
  const root = await given.category({ name: 'Ключи "&" <Zamki>' });
  const child = await given.category({ name: 'b/c\\d', parentId: root.id });
  const tags = [await given.tag({ name: '🗝 öüß' }), await given.tag({ name: 'É' })];
  for (const [index, rating] of [5, 0, 4.333333333333333, 2.51, 1e-7, null].entries()) {
    await given.product({
      name: `Schlüssel ${index}`,
      description: `tab\there, line\nthere, quote " and \u2028`,
      priceShmeckles: `${index}.0${index}`,
      rating,
      stock: index,
      categoryId: index % 2 ? root.id : child.id,
      tagIds: tags.map(({ id }) => id),
    });
  }
});

const PRODUCT = `__typename id name slug description imageUrl priceShmeckles price(currency: FLURBOS) stock rating isActive
  category { id name ancestors { name } } tags { id name } version createdAt updatedAt`;

/** Operations over every root field that reads. */
const OPERATIONS: [string, Record<string, unknown>?][] = [
  [
    `{ products { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { ${PRODUCT} } } } }`,
  ],
  [
    `query ($first: Int, $order: ProductOrder) { products(first: $first, orderBy: $order) { nodes { ...P } } } fragment P on Product { ${PRODUCT} }`,
    { first: 3, order: { field: 'RATING', direction: 'DESC' } },
  ],
  [
    `query ($yes: Boolean!) { a: product(slug: "schlussel-0") { id } b: product(id: "1") @include(if: $yes) { ${PRODUCT} } none: product(id: "x") { id } }`,
    { yes: true },
  ],
  [
    '{ categories { nodes { id name slug depth parentId parent { name } children { name } ancestors { name } productCount isActive version products(last: 2) { nodes { name } } } } }',
  ],
  ['{ category(id: "1") { name children { name productCount } } categoryTree(maxDepth: 2) { name depth } }'],
  [
    '{ tags(orderBy: { field: NAME }) { nodes { name productCount products(first: 1) { nodes { rating } } } } tag(slug: "e") { name } }',
  ],
  [
    '{ me { username role createdAt } user(id: "1") { id fullName age } users { totalCount nodes { username isActive } } sessions { id current userAgent } }',
  ],
  ['{ __typename again: __typename tags { __typename } }'],
];

/** The bytes of an answer. */
async function bytesOf(query: string, variables: Record<string, unknown> | undefined, token: string): Promise<string> {
  const response = await fetch(service.server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.text();
}

test.each(OPERATIONS)('is to the byte what an execution answers: %s', async (query, variables) => {
  const { accessToken } = await admin();
  // Introspection takes the long way, and everything beside it.
  const executed = await bytesOf(
    query.replace(/\}(?=[^}]*$|\s*fragment)/, ' zz: __type(name: "Tag") { name } }'),
    variables,
    accessToken,
  );
  expect(executed).toContain(',"zz":{"name":"Tag"}}');
  expect(await bytesOf(query, variables, accessToken)).toBe(executed.replace(',"zz":{"name":"Tag"}', ''));
});

async function admin(): Promise<{ accessToken: string }> {
  const { auth, database } = service.server;
  const { Session } = await import('../../src/session/session.entity.js');
  const session = await database.fork().findOneOrFail(Session, { user: { username: 'administrator' } });
  return { accessToken: auth.tokens.sign({ userId: session.user.id, sessionId: session.id }, new Date()).token };
}

test('an error is told with its path, as by an execution', async () => {
  const answer = await clientOf(service.server.url)('{ a: products(first: 0) { totalCount } }');
  expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['a'], fields: ['first'] });
  expect(await clientOf(service.server.url)('{ users { totalCount } }')).toFailWith({
    code: 'UNAUTHENTICATED',
    path: ['users'],
  });
});
