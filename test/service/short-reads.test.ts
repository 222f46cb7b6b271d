import { Client, Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asAvailability } from '../../src/database/availability.js';
import { prepareConnections } from '../../src/database/postgresql.js';
import { PostgresReads } from '../../src/database/postgresql-reads.js';
import { UnavailableError } from '../../src/errors.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';

describe.runIf(DATABASE === 'postgresql')('short reads of PostgreSQL', () => {
  let database: TestDatabase;
  let pool: Pool;
  let reads: PostgresReads;
  const told: string[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    pool = new Pool({ connectionString: database.url, max: 6 });
    // Connections are ended below.
    pool.on('error', () => undefined);
    prepareConnections(pool);
    reads = new PostgresReads(pool, (sql) => told.push(sql));
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const read = (sql: string, values: unknown[], deadline?: number) =>
    reads.answer({ statement: { sql }, values }, deadline);
  const STARTED = `select extract(epoch from now())::text || ' ' || $1::text as answer`;
  const DIVIDED = 'select (12 / $1::integer)::text as answer';
  const SLEPT = 'select pg_sleep($1::float)::text as answer';

  test('that come at once are one message and one transaction, and each has its own answer', async () => {
    told.length = 0;
    const answers = (await Promise.all(['a', 'b', 'c'].map((name) => read(STARTED, [name])))) as string[];
    expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['a', 'b', 'c']);
    expect(new Set(answers.map((answer) => answer.split(' ')[0])).size).toBe(1);
    expect(told).toEqual([STARTED, STARTED, STARTED]);
  });

  test('of more than one message has, all are answered', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => String(index));
    const answers = (await Promise.all(numbers.map((name) => read(STARTED, [name])))) as string[];
    expect(answers.map((answer) => answer.split(' ')[1])).toEqual(numbers);
  });

  test('without a row have no answer', async () => {
    expect(await read('select $1::text as answer where false', ['a'])).toBeUndefined();
    expect(await read('select $1::text as answer', [null])).toBeNull();
  });

  test('do not fail with another one', async () => {
    const [six, none, four] = await Promise.allSettled([2, 0, 3].map((by) => read(DIVIDED, [by])));
    expect([six, four]).toMatchObject([{ value: '6' }, { value: '4' }]);
    expect(none).toMatchObject({ reason: { code: '22012' } });
  });

  test('are not late because another one is', async () => {
    const soon = performance.now() + 200;
    const [late, inTime] = await Promise.allSettled([read(SLEPT, [30], soon), read(DIVIDED, [4])]);
    expect(asAvailability((late as PromiseRejectedResult).reason)).toBeInstanceOf(UnavailableError);
    expect(inTime).toMatchObject({ value: '3' });
  });

  test('are not begun behind their deadline', async () => {
    told.length = 0;
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const sleeping: Promise<unknown>[] = [];
    // As many messages as may be on their way.
    for (let message = 0; message < 2; message += 1) {
      sleeping.push(read(SLEPT, [0.4]));
      await turn();
      await turn();
    }
    const [late] = await Promise.allSettled([read(DIVIDED, [1], performance.now() + 100), ...sleeping]);
    expect((late as PromiseRejectedResult).reason).toBeInstanceOf(UnavailableError);
    expect(told).toEqual([SLEPT, SLEPT]);
  });

  test('are answered on another connection where theirs has died', async () => {
    await Promise.all([read(DIVIDED, [1]), read(DIVIDED, [2])]);
    const admin = new Client(database.url);
    await admin.connect();
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await admin.end();
    expect(await Promise.all([read(DIVIDED, [1]), read(DIVIDED, [3])])).toEqual(['12', '4']);
  });
});
