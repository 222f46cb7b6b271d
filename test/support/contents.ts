import type { Database } from '../../src/database/database.js';
import { rawQuery } from './raw-query.js';

const TABLES = ['categories', 'tags', 'products', 'product_tags', 'users', 'sessions'];

/** Every row of every table, to tell that nothing at all has changed. */
export async function contentsOfDatabase(database: Database): Promise<unknown> {
  const contents: Record<string, unknown> = {};
  for (const table of TABLES) contents[table] = await rawQuery(database, `select * from ${table} order by 1, 2`);
  return contents;
}
