import type { SqlEntityManager } from '@mikro-orm/sqlite';
import { expect, test, vi } from 'vitest';
import type { WritingConnection } from '../../src/database/sqlite.js';
import { catalogueOf, FIELDS } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { person } from '../support/people.js';
import { useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const log = createStatementLog();
const service = useService({ SQL_LOG: 'true' }, log.log);
const given = catalogueOf(service.admin);

let texts = 0;
/** A text that nobody has sent before: the first time it takes Apollo's pipeline, then it is known. */
const newText = (query: string) => `# ${(texts += 1)}\n${query}`;

const UPDATE = `mutation Change($id: ID!, $input: UpdateProductInput!, $version: Int) {
  changed: updateProduct(id: $id, input: $input, expectedVersion: $version) { __typename ${FIELDS.Product} tags { name } }
}`;
const ADJUST = 'mutation ($id: ID!, $delta: Int!) { adjustStock(productId: $id, delta: $delta) { stock version } }';

test('a known mutation answers as an execution does', async () => {
  const tag = await given.tag({ name: '🗝 "quoted"' });
  const { id } = await given.product({ rating: 4.33, tagIds: [tag.id], description: 'tab\there \u2028' });
  const query = newText(UPDATE);
  const first = await service.admin(query, { id, input: {} });
  expect(first).toSucceed();
  expect(await service.admin(query, { id, input: {} })).toEqual(first);
  expect(await service.admin(query, { id, input: { priceShmeckles: '7.50' } })).toMatchObject({
    data: { changed: { priceShmeckles: '7.50', version: first.data.changed.version + 1 } },
  });
});

test('each plain write that is known does what it says, once', async () => {
  const { id } = await given.product({ stock: 10 });
  const create = newText('mutation ($name: String!) { createTag(input: { name: $name }) { id name slug } }');
  const remove = newText('mutation ($id: ID!) { deleteTag(id: $id) { name } }');
  for (const [index, name] of ['Alpha', 'Beta', 'Gamma'].entries()) {
    const adjusted = await service.admin(ADJUST, { id, delta: -1 });
    expect(adjusted.data).toEqual({ adjustStock: { stock: 9 - index, version: 2 + index } });
    const made = await service.admin(create, { name });
    expect(made.data.createTag).toMatchObject({ name, slug: name.toLowerCase() });
    expect((await service.admin(remove, { id: made.data.createTag.id })).data).toEqual({ deleteTag: { name } });
  }
});

test.runIf(DATABASE === 'sqlite')('what a known mutation runs was prepared before', async () => {
  const tags = await Promise.all(['Red', 'Green', 'Blue'].map((name) => given.tag({ name })));
  const create = newText(
    'mutation ($input: CreateProductInput!) { createProduct(input: $input) { id tags { name } } }',
  );
  const input = { priceShmeckles: '1.00', priceFlurbos: '1.00', tagIds: tags.map(({ id }) => id) };
  const write = async (name: string) => {
    const { data } = await service.admin(create, { input: { ...input, name } });
    const { id } = data.createProduct;
    expect(await service.admin(UPDATE, { id, input: { priceShmeckles: '7.50' } })).toSucceed();
  };
  await write('First');
  await write('Second');
  const em = service.server.database.orm.em as unknown as SqlEntityManager;
  const { file } = em.getConnection() as unknown as WritingConnection;
  const prepare = vi.spyOn(file, 'prepare');
  await write('Third');
  expect(prepare.mock.calls).toEqual([]);
  prepare.mockRestore();
});

test('what a known mutation fails with is told as by an execution, and nothing has changed', async () => {
  const { id } = await given.product({ name: 'Left alone', stock: 3 });
  const taken = await given.product({ name: 'Taken' });
  const [update, adjust] = [newText(UPDATE), newText(ADJUST)];
  expect(await service.admin(update, { id, input: {} })).toSucceed();
  expect(await service.admin(adjust, { id, delta: 0 })).toSucceed();
  const before = await service.admin(update, { id, input: {} });

  const inputs: [Record<string, unknown>, string][] = [
    [{ id, input: { slug: taken.slug } }, 'CONFLICT'],
    [{ id, input: { categoryId: '987654' } }, 'NOT_FOUND'],
    [{ id, input: { tagIds: ['987654'] } }, 'NOT_FOUND'],
    [{ id: 'nobody', input: {} }, 'NOT_FOUND'],
    [{ id, input: { name: ' ' } }, 'BAD_USER_INPUT'],
    [{ id, input: { name: 'New' }, version: 77 }, 'VERSION_CONFLICT'],
  ];
  for (const [variables, code] of inputs)
    expect(await service.admin(update, variables)).toFailWith({ code, path: ['changed'] });
  expect(await service.admin(adjust, { id, delta: -4 })).toFailWith({ code: 'OUT_OF_STOCK', path: ['adjustStock'] });
  // Wrong variables never reach a resolver.
  expect(await service.admin(update, { id, input: { stock: 'many' } })).toFailWith({ code: 'BAD_USER_INPUT' });

  expect(await service.admin(update, { id, input: {} })).toEqual(before);
});

test('a wrong argument of what is selected takes the change back', async () => {
  const query = newText(
    'mutation ($name: String!, $first: Int) { createTag(input: { name: $name }) { name products(first: $first) { totalCount } } }',
  );
  expect(await service.admin(query, { name: 'Kept', first: 1 })).toSucceed();
  expect(await service.admin(query, { name: 'Not kept', first: 0 })).toFailWith({
    code: 'BAD_USER_INPUT',
    path: ['createTag'],
    fields: ['products.first'],
  });
  const { data } = await service.admin('{ tags(filter: { nameContains: "kept" }) { nodes { name } } }');
  expect(data.tags.nodes).toEqual([{ name: 'Kept' }]);
});

test('what has changed about the viewer counts before anything is done', async () => {
  const { id } = await given.product({ stock: 5 });
  const somebody = await person(service, 'ADMIN');
  const query = newText(ADJUST);
  const take = () => somebody.ask(query, { id, delta: -1 });
  const left = async () => (await service.admin('query ($id: ID!) { product(id: $id) { stock } }', { id })).data;
  expect(await take()).toSucceed();
  expect(await take()).toSucceed();
  const change = (role: string) =>
    service.admin('mutation ($id: ID!, $role: Role!) { updateUser(id: $id, input: { role: $role }) { id } }', {
      id: somebody.id,
      role,
    });
  expect(await change('USER')).toSucceed();
  expect(await take()).toFailWith({ code: 'FORBIDDEN', path: ['adjustStock'] });
  expect(await change('CASHIER')).toSucceed();
  expect(await take()).toSucceed();
  expect(await somebody.ask('mutation { logout }')).toSucceed();
  expect(await take()).toFailWith({ code: 'UNAUTHENTICATED' });
  expect(await left()).toEqual({ product: { stock: 2 } });
});

test('a failure is not tried a second time', async () => {
  const { id } = await given.product({ stock: 1 });
  const query = newText(ADJUST);
  expect(await service.admin(query, { id, delta: 0 })).toSucceed();
  const statements = await log.during(() => service.admin(query, { id, delta: -2 }));
  // What is foreseen comes first, and has no effect.
  const isTried = (statement: string) => /^update .*products/.test(statement) && !statement.includes(' between ');
  expect(statements.filter(isTried)).toHaveLength(1);
});
