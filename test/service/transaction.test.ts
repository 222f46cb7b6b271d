import { beforeAll, expect, test } from 'vitest';
import { CompiledQuery } from 'kysely';
import { Unproven } from '../../src/database/proof.js';
import type { Transaction } from '../../src/database/transaction.js';
import { Tag } from '../../src/tag/tag.entity.js';
import { catalogueOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();

const run = (transaction: Transaction, sql: string) => transaction.executeQuery(CompiledQuery.raw(sql));
const rename = (name: string) => `update tags set name = '${name}' where slug = 'given'`;
const reading = (sql: string) => ({ statement: { sql: `select ${sql} as answer` }, values: [] });

async function nameOfTag(): Promise<string> {
  const { name } = await service.server.database.fork().findOneOrFail(Tag, { slug: 'given' });
  return name;
}

beforeAll(async () => {
  await catalogueOf(service.admin).tag({ name: 'Given' });
});

test('the answer is read before the commit, and both are there', async () => {
  const transaction = await service.server.database.begin();
  await run(transaction, rename('Changed'));
  const answer = await transaction.commitWithAnswer(reading("(select name from tags where slug = 'given')"));
  expect(answer).toBe('Changed');
  expect(await nameOfTag()).toBe('Changed');
});

test('a read sees nothing of a transaction before its commit, and all of it afterwards', async () => {
  const { database } = service.server;
  const read = () => database.answer(reading("(select name from tags where slug = 'given')"));
  const before = await read();
  const transaction = await database.begin();
  await run(transaction, rename('Committed'));
  expect(await read()).toBe(before);
  await transaction.commit();
  expect(await read()).toBe('Committed');
});

test('where the answer fails, nothing is committed', async () => {
  const before = await nameOfTag();
  const transaction = await service.server.database.begin();
  await run(transaction, rename('Lost'));
  await expect(transaction.commitWithAnswer(reading('no_such_function(1)'))).rejects.toThrow(/no_such_function/);
  await transaction.rollback();
  expect(await nameOfTag()).toBe(before);
});

test.runIf(process.env.TEST_DATABASE === 'postgresql')(
  'a commit that the database makes a rollback of is told',
  async () => {
    const transaction = await service.server.database.begin();
    await expect(run(transaction, 'select 1 / 0')).rejects.toThrow('division by zero');
    await expect(transaction.commit()).rejects.toThrow('ROLLBACK');
    await transaction.rollback();
  },
);

test('a proof that does not hold leaves no transaction behind', async () => {
  const { database } = service.server;
  const proof = { statement: { sql: 'select 1 where 1 = 0' }, values: [] };
  for (let time = 0; time < 20; time += 1) await expect(database.begin(proof)).rejects.toBeInstanceOf(Unproven);
  expect(await service.admin('mutation { createTag(input: { name: "After" }) { id } }')).toSucceed();
});

test('of many at once, each is alone with its connection', async () => {
  const { database } = service.server;
  const count = async (name: string) => {
    const transaction = await database.begin();
    await run(transaction, rename(name));
    await new Promise(setImmediate);
    return transaction.commitWithAnswer(reading("(select name from tags where slug = 'given')"));
  };
  const names = Array.from({ length: 30 }, (_, index) => `Tag ${index}`);
  // MikroORM's own transactions among them.
  const others = names.map(() => database.fork().transactional((em) => em.findOneOrFail(Tag, { slug: 'given' })));
  expect(await Promise.all(names.map(count))).toEqual(names);
  await Promise.all(others);
});

test('of many that end at once, one that fails takes back its own only', async () => {
  const { database } = service.server;
  const note = async (index: number) => {
    const transaction = await database.begin();
    await run(transaction, `update tags set version = version + ${index === 3 ? 1000 : 1} where slug = 'given'`);
    await (index === 3 ? transaction.rollback() : transaction.commit());
  };
  const { version } = await database.fork().findOneOrFail(Tag, { slug: 'given' });
  await Promise.all([1, 2, 3, 4, 5].map(note));
  expect(await database.fork().findOneOrFail(Tag, { slug: 'given' })).toMatchObject({ version: version + 4 });
});
