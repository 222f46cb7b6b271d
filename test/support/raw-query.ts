import type { AbstractSqlConnection } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { Database } from '../../src/database/database.js';

/** Runs a statement as somebody else would who has a connection of their own. */
export async function rawQuery<Row>({ orm }: Database, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = (orm.em.getDriver().getConnection() as unknown as AbstractSqlConnection).getClient();
  const { rows } = await client.executeQuery<Row>(CompiledQuery.raw(text, values));
  return rows;
}
