import { beforeAll, expect, test } from 'vitest';
import { Session } from '../../src/session/session.entity.js';
import { catalogueOf } from '../support/catalogue.js';
import { person } from '../support/people.js';
import { clientOf, useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const log = createStatementLog();
const service = useService({ SQL_LOG: 'true' }, log.log);
const given = catalogueOf(service.admin);

beforeAll(async () => {
  const root = await given.category({ name: 'Ключи "&" <Zamki>' });
  const child = await given.category({ name: 'b/c\\d', parentId: root.id });
  const tags = [await given.tag({ name: '🗝 öüß' }), await given.tag({ name: 'É' })];
  for (const [index, rating] of [5, 0, 4.333333333333333, 2.51, 1e-7, 0.00001234, 1 / 3, 0.0001, null].entries()) {
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

interface Raw {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An answer as it comes over the wire. The time of day is not part of it, and the request's id is always the same. */
async function rawAnswer(body: unknown, token?: string, headers: Record<string, string> = {}): Promise<Raw> {
  const response = await fetch(service.server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'same',
      ...(token && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify(body),
  });
  const { date: _, ...others } = Object.fromEntries(response.headers);
  return { status: response.status, headers: others, body: await response.text() };
}

test.each(OPERATIONS)('is to the byte what an execution answers: %s', async (query, variables) => {
  const token = await adminToken();
  // Introspection takes the long way, and everything beside it.
  const withIntrospection = query.replace(/\}(?=[^}]*$|\s*fragment)/, ' zz: __type(name: "Tag") { name } }');
  const { body: executed } = await rawAnswer({ query: withIntrospection, variables }, token);
  expect(executed).toContain(',"zz":{"name":"Tag"}}');
  const { body } = await rawAnswer({ query, variables }, token);
  expect(body).toBe(executed.replace(',"zz":{"name":"Tag"}', ''));
});

/** What a service says of its statements to a log, and how many of them prove the viewer themselves. */
const proofsAmong = (statements: string[]) => statements.filter((statement) => statement.includes('where exists ('));

test.each(OPERATIONS)('is the same the second time, past Apollo: %s', async (query, variables) => {
  const token = await adminToken();
  const body = { query: `# again\n${query}`, variables };
  const first = await rawAnswer(body, token);
  let second: Raw | undefined;
  const statements = await log.during(async () => (second = await rawAnswer(body, token)));
  expect(second).toEqual(first);
  expect(first).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  expect(statements).not.toEqual([]);
  expect(proofsAmong(statements)).toEqual(statements);
});

/** Requests that Apollo refuses, or answers in a way of its own; each is sent around one that is known. */
const UNUSUAL: [string, unknown, Record<string, string>?][] = [
  ['no operation', {}],
  ['a batch', [{ query: '{ tags { totalCount } }' }]],
  ['no query', { query: 1 }],
  ['a syntax error', { query: '{ tags {' }],
  ['an unknown field', { query: '{ tags { name } }' }],
  ['an operation that is not there', { query: 'query A { tags { totalCount } }', operationName: 'B' }],
  ['several operations', { query: 'query A { tags { totalCount } } query B { products { totalCount } }' }],
  ['an operation of several', { query: 'query A { tags { totalCount } } query B { me { id } }', operationName: 'A' }],
  ['no variables', { query: 'query ($first: Int!) { tags(first: $first) { totalCount } }' }],
  [
    'variables of the wrong type',
    { query: 'query ($first: Int) { tags(first: $first) { totalCount } }', variables: { first: 'x' } },
  ],
  ['variables that are a text', { query: '{ tags { totalCount } }', variables: '{}' }],
  ['variables that are a list', { query: '{ tags { totalCount } }', variables: [] }],
  ['a name that is none', { query: '{ tags { totalCount } }', operationName: 5 }],
  ['extensions', { query: '{ tags { totalCount } }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }],
  ['a page that is too large', { query: '{ tags(first: 1000) { totalCount } }' }],
  ['a cursor of another list', { query: '{ tags(after: "x.1") { totalCount } }' }],
  ['what is not allowed', { query: '{ users { totalCount } }' }],
  ['nothing to read', { query: '{ __typename }' }],
  ['a mutation', { query: 'mutation { deleteTag(id: "0") { id } }' }],
  ['a form', { query: '{ tags { totalCount } }' }, { 'content-type': 'text/plain' }],
  ['another media type', { query: '{ tags { totalCount } }' }, { accept: 'application/graphql-response+json' }],
  ['a media type that there is not', { query: '{ tags { totalCount } }' }, { accept: 'image/png' }],
];

test.each(UNUSUAL)('%s is answered the same each time', async (_what, body, headers) => {
  await rawAnswer({ query: '{ tags { totalCount } }' });
  const first = await rawAnswer(body, undefined, headers);
  await rawAnswer({ query: '{ tags { totalCount } }' });
  expect(await rawAnswer(body, undefined, headers)).toEqual(first);
});

test('what has changed about the viewer counts at once, however well known the query is', async () => {
  const somebody = await person(service, 'ADMIN');
  const ask = () => somebody.ask('{ users { totalCount } }');
  for (let time = 0; time < 3; time += 1) expect(await ask()).toSucceed();
  const change = (input: object) =>
    service.admin('mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }', {
      id: somebody.id,
      input,
    });
  expect(await change({ role: 'USER' })).toSucceed();
  expect(await ask()).toFailWith({ code: 'FORBIDDEN', path: ['users'] });
  expect(await change({ role: 'ADMIN' })).toSucceed();
  for (let time = 0; time < 2; time += 1) expect(await ask()).toSucceed();
  expect(await somebody.ask('mutation { logout }')).toSucceed();
  expect(await ask()).toFailWith({ code: 'UNAUTHENTICATED' });
});

async function adminToken(): Promise<string> {
  const { auth, database } = service.server;
  const session = await database.fork().findOneOrFail(Session, { user: { username: 'administrator' } });
  return auth.tokens.sign({ userId: session.user.id, sessionId: session.id }, new Date()).token;
}

test('an error is told with its path, as by an execution', async () => {
  const answer = await clientOf(service.server.url)('{ a: products(first: 0) { totalCount } }');
  expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['a'], fields: ['first'] });
  expect(await clientOf(service.server.url)('{ users { totalCount } }')).toFailWith({
    code: 'UNAUTHENTICATED',
    path: ['users'],
  });
});
