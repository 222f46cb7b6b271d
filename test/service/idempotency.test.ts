import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/server.js';
import { catalogueOf, contentsOf, dataOf, operationsOf } from '../support/catalogue.js';
import { runSql, rowsOf } from '../support/database-state.js';
import { type Answer, type Client, clientOf, testConfig, useService } from '../support/service.js';

// Other processes on the same database have the same secret, and so has the next start.
const ENVIRONMENT = { AUTH_SECRET: 'what all processes of the shop know' };

const service = useService(ENVIRONMENT);
const given = catalogueOf(service.admin);
const { product, tag } = operationsOf(service.admin);

/** The administrator's operations under one key, made up unless given. */
const keyed = (key: string = randomUUID()) => {
  const client: Client = (query, variables) =>
    clientOf(service.server.url, service.adminToken, { 'idempotency-key': key })(query, variables);
  return { client, ...operationsOf(client) };
};

const keptAnswers = async () =>
  Number((await rowsOf<{ n: string }>(service.database, 'select count(*) as n from kept_answers'))[0]?.n);

const codeOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code).join() ?? 'OK';

describe('a repeat', () => {
  test('answers what the first one answered, and changes nothing', async () => {
    const { id } = await given.product({ stock: 10 });
    const sale = keyed();
    const first = await sale.product.adjustStock(id, -3);
    expect(dataOf(first).adjustStock).toMatchObject({ stock: 7, version: 2 });
    dataOf(await product.adjustStock(id, -1));
    expect(await sale.product.adjustStock(id, -3)).toEqual(first);
    expect(await product.read(id)).toMatchObject({ stock: 6, version: 3 });
  });

  test('of what answers a plain value, too', async () => {
    const { client } = keyed();
    const end = () => client('mutation { endSession(id: "2147483647") }');
    expect(await end()).toEqual({ status: 200, data: { endSession: false } });
    expect(await end()).toEqual({ status: 200, data: { endSession: false } });
  });

  test('answers an error that was decided, though it would not be one any more', async () => {
    const { id } = await given.product({ stock: 1 });
    const sale = keyed();
    const first = await sale.product.adjustStock(id, -2);
    expect(first).toFailWith({ code: 'OUT_OF_STOCK', path: ['adjustStock'] });
    dataOf(await product.adjustStock(id, 5));
    expect(await sale.product.adjustStock(id, -2)).toEqual(first);
    expect(await product.read(id)).toMatchObject({ stock: 6 });
  });

  test('of what deleted something answers the entry as it was last', async () => {
    const { id } = await given.tag();
    const removal = keyed();
    const first = await removal.tag.delete(id);
    expect(first).toSucceed();
    expect(await removal.tag.delete(id)).toEqual(first);
    expect(await tag.delete(id)).toFailWith({ code: 'NOT_FOUND', path: ['deleteTag'] });
  });

  test('keeps an answer for each root field, and goes on where the first one ended', async () => {
    const { client } = keyed();
    const [one, two] = [`one-${randomUUID()}`, `two-${randomUUID()}`];
    const taken = await given.tag({ slug: two });
    const both = `mutation { one: createTag(input: { name: "${one}" }) { id } two: createTag(input: { name: "${two}", slug: "${two}" }) { id } }`;
    const first = await client(both);
    expect(first).toFailWith({ code: 'CONFLICT', path: ['two'] });
    dataOf(await tag.delete(taken.id));
    expect(await client(both)).toEqual(first);
  });

  test('on another process, and after a restart', async () => {
    const { id } = await given.product({ stock: 10 });
    const key = randomUUID();
    const first = await keyed(key).product.adjustStock(id, -3);
    const other = await startServer(testConfig(service.database.url, ENVIRONMENT));
    try {
      const there = operationsOf(clientOf(other.url, service.adminToken, { 'idempotency-key': key }));
      expect(await there.product.adjustStock(id, -3)).toEqual(first);
    } finally {
      await other.stop();
    }
    expect(await product.read(id)).toMatchObject({ stock: 7 });
  });

  test('at the same time runs once', async () => {
    const { id } = await given.product({ stock: 10 });
    const sale = keyed();
    const answers = await Promise.all(Array.from({ length: 8 }, () => sale.product.adjustStock(id, -1)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(dataOf(answers[0] as Answer).adjustStock).toMatchObject({ stock: 9 });
    expect(await product.read(id)).toMatchObject({ stock: 9 });
  });

  test('at the same time that only one can win answers the winner to all', async () => {
    const creation = keyed();
    const slug = `slug-${randomUUID()}`;
    const answers = await Promise.all(Array.from({ length: 8 }, () => creation.tag.create({ name: slug, slug })));
    expect(answers.map(codeOf)).toEqual(Array(8).fill('OK'));
    expect(new Set(answers.map(({ data }) => data.createTag.id)).size).toBe(1);
  });
});

describe('a key that was used', () => {
  test('for other variables, another text or another root field is refused, and nothing is changed', async () => {
    const { id } = await given.product({ stock: 10 });
    const { client, ...operations } = keyed();
    dataOf(await operations.product.adjustStock(id, -3));
    const before = await contentsOf(service.admin);
    for (const answer of [
      await operations.product.adjustStock(id, -4),
      await client(`mutation { adjustStock(productId: ${id}, delta: -3) { stock } }`),
      await operations.tag.create({ name: 'another' }),
    ])
      expect(codeOf(answer)).toBe('CONFLICT');
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('by somebody else is refused', async () => {
    const key = randomUUID();
    const query = 'mutation { endSession(id: "2147483647") }';
    dataOf(await keyed(key).client(query));
    const somebody = clientOf(service.server.url, await register(), { 'idempotency-key': key });
    expect(await somebody(query)).toFailWith({ code: 'CONFLICT', path: ['endSession'] });
  });

  test('for another request at the same time is refused to one of them', async () => {
    const [one, two] = [await given.product({ stock: 5 }), await given.product({ stock: 5 })];
    const sale = keyed();
    const answers = await Promise.all([one, two].map(({ id }) => sale.product.adjustStock(id, -1)));
    expect(answers.map(codeOf).toSorted()).toEqual(['CONFLICT', 'OK']);
    const left = [await product.read(one.id), await product.read(two.id)].map(({ stock }) => stock as number);
    expect(left.toSorted((a, b) => a - b)).toEqual([4, 5]);
  });

  test('is free again after IDEMPOTENCY_HOURS, and goes with the next ones', async () => {
    const { id } = await given.product({ stock: 10 });
    const sale = keyed();
    dataOf(await sale.product.adjustStock(id, -1));
    await age();
    expect(dataOf(await sale.product.adjustStock(id, -1)).adjustStock).toMatchObject({ stock: 8 });
    await age();
    const before = await keptAnswers();
    dataOf(await keyed().product.adjustStock(id, -1));
    expect(await keptAnswers()).toBe(Math.max(before - 20, 0) + 1);
  });

  const age = () =>
    runSql(
      service.database,
      service.server.database.dialect.kind === 'sqlite'
        ? `update kept_answers set created_at = created_at - 86400001`
        : `update kept_answers set created_at = created_at - interval '86400.001 seconds'`,
    );
});

describe('nothing is kept', () => {
  test('of a request without a key, or of a query', async () => {
    const { id } = await given.product({ stock: 10 });
    const before = await keptAnswers();
    dataOf(await product.adjustStock(id, -1));
    dataOf(await keyed().client('{ tags { totalCount } }'));
    expect(await keptAnswers()).toBe(before);
  });

  test.each([
    ['who is not signed in', 'mutation { endSession(id: 1) }', 'UNAUTHENTICATED'],
    [
      'a refresh token that is no good',
      `mutation { refresh(refreshToken: "${'x'.repeat(64)}") { accessToken } }`,
      'UNAUTHENTICATED',
    ],
  ])('of %s: to come back with the right one is another try', async (_, query, code) => {
    const before = await keptAnswers();
    const client = clientOf(service.server.url, undefined, { 'idempotency-key': randomUUID() });
    expect(codeOf(await client(query))).toBe(code);
    expect(await keptAnswers()).toBe(before);
  });

  test('that whoever has the database could read: tokens and passwords are sealed', async () => {
    const key = randomUUID();
    const client = clientOf(service.server.url, undefined, { 'idempotency-key': key });
    const query = `mutation { register(input: { username: "sealed", password: "a plumbus of mine", firstName: "A", lastName: "B" }) { accessToken refreshToken } }`;
    const first = await client(query);
    expect(dataOf(await client(query))).toEqual(dataOf(first));
    const stored = JSON.stringify(await rowsOf(service.database, 'select * from kept_answers'));
    for (const secret of [key, 'plumbus', first.data.register.accessToken, first.data.register.refreshToken])
      expect(stored).not.toContain(secret);
  });
});

test.each(['', 'with space', 'x'.repeat(256)])('refuses the key %j', async (key) => {
  expect(await keyed(key).tag.create({ name: 'Refused' })).toFailWith({
    code: 'BAD_USER_INPUT',
    path: ['createTag'],
    fields: ['Idempotency-Key'],
  });
});

test('takes a key in quotation marks, as the draft of the standard writes it', async () => {
  const key = randomUUID();
  const { id } = await given.product({ stock: 3 });
  const first = await keyed(`"${key}"`).product.adjustStock(id, -1);
  expect(await keyed(key).product.adjustStock(id, -1)).toEqual(first);
});

let made = 0;
/** @returns the access token of a new user */
async function register(): Promise<string> {
  made += 1;
  const answer = await service.anonymous(
    `mutation { register(input: { username: "somebody${made}", password: "a plumbus of theirs", firstName: "A", lastName: "B" }) { accessToken } }`,
  );
  return dataOf(answer).register.accessToken as string;
}
