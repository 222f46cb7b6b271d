import { CompiledQuery } from 'kysely';
import type { AbstractSqlConnection } from '@mikro-orm/postgresql';
import type { Database } from '../../src/database/database.js';

const TABLES = ['categories', 'tags', 'products', 'product_tags', 'users', 'sessions'];

/** Every row of every table, to tell that nothing at all has changed. */
export async function contentsOfDatabase({ orm }: Database): Promise<unknown> {
  const client = (orm.em.getDriver().getConnection() as unknown as AbstractSqlConnection).getClient();
  const contents: Record<string, unknown> = {};
  for (const table of TABLES) {
    const { rows } = await client.executeQuery(CompiledQuery.raw(`select * from ${table} order by 1, 2`));
    contents[table] = rows;
  }
  return contents;
}
