import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { catalogueOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { useService } from '../support/service.js';

const LIMIT_MS = 400;
const service = useService({ OPERATION_TIMEOUT_MS: String(LIMIT_MS), DATABASE_POOL_SIZE: '2' });
const given = catalogueOf(service.admin);

describe.runIf(DATABASE === 'postgresql')('an operation that waits for a table', () => {
  /** Does something while nobody else can read or write a table. */
  async function whileLocked(table: string, act: (elsewhere: Client) => Promise<void>): Promise<void> {
    const elsewhere = new Client(service.database.url);
    await elsewhere.connect();
    try {
      await elsewhere.query(`begin; lock table ${table} in access exclusive mode`);
      await act(elsewhere);
    } finally {
      await elsewhere.end();
    }
  }

  /** Statements of the service that still run, or wait for a lock. */
  async function running(elsewhere: Client): Promise<number> {
    const { rows } = await elsewhere.query<{ n: number }>(
      `select count(*)::int n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state = 'active'`,
    );
    return rows[0]?.n ?? 0;
  }

  test('is stopped, and PostgreSQL with it, whether the query is known or not', async () => {
    const query = '{ tags { nodes { name } } }';
    for (let n = 0; n < 2; n += 1) expect(await service.anonymous(query)).toSucceed();
    await whileLocked('tags', async (elsewhere) => {
      for (const text of [query, `${query} # anew`]) {
        const begun = performance.now();
        const answer = await service.anonymous(text);
        expect(answer.status).toBe(503);
        expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['tags'] });
        expect(performance.now() - begun).toBeLessThan(LIMIT_MS + 2000);
        expect(await running(elsewhere)).toBe(0);
      }
      expect(await service.anonymous('{ categories { totalCount } }')).toSucceed();
    });
    expect(await service.anonymous(query)).toSucceed();
  });

  test('is stopped where it changes something, and changes nothing', async () => {
    const tag = await given.tag({ name: 'Steady' });
    await whileLocked('tags', async (elsewhere) => {
      const answer = await service.admin(`mutation { updateTag(id: ${tag.id}, input: { name: "Late" }) { name } }`);
      expect(answer.status).toBe(503);
      expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['updateTag'] });
      expect(await running(elsewhere)).toBe(0);
    });
    expect(await service.anonymous(`{ tag(id: ${tag.id}) { name version } }`)).toMatchObject({
      data: { tag: { name: 'Steady', version: 1 } },
    });
  });

  test('does not wait for a connection for longer, either', async () => {
    await whileLocked('tags', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => service.anonymous(`{ tags { nodes { name } } } # ${n}`)),
      );
      for (const answer of answers) expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['tags'] });
    });
    expect(await service.anonymous('{ tags { totalCount } }')).toSucceed();
  });
});

test('nothing is begun behind the deadline', async () => {
  const { database } = service.server;
  const bound = { statement: { sql: 'select 1' }, values: [] };
  expect(await database.answer(bound, undefined, performance.now() + 10_000)).toBeTruthy();
  await expect(database.answer(bound, undefined, performance.now() - 1)).rejects.toMatchObject({
    extensions: { code: 'UNAVAILABLE' },
  });
});
