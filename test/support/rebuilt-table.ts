import type { TestDatabase } from './database.js';
import { rowsOf } from './database-state.js';

/**
 * The statements that make a table of an SQLite database anew, as MikroORM's own migrations do it.
 * @param change of the statement that made it
 */
export async function rebuilt(
  database: TestDatabase,
  table: string,
  change: (create: string) => string,
): Promise<string[]> {
  const schema = await rowsOf<{ type: string; sql: string }>(
    database,
    `select type, sql from sqlite_master where tbl_name = '${table}' and sql is not null`,
  );
  const create = schema.find(({ type }) => type === 'table')?.sql ?? '';
  const changed = change(create);
  if (changed === create) throw new Error(`Nothing of ${table} was changed.`);
  return [
    'pragma foreign_keys = off',
    changed.replace(/^create table [`"]?\w+[`"]?/i, `create table ${table}__temp_alter`),
    `insert into ${table}__temp_alter select * from ${table}`,
    `drop table ${table}`,
    `alter table ${table}__temp_alter rename to ${table}`,
    ...schema.flatMap(({ type, sql }) => (type === 'index' ? [sql] : [])),
    'pragma foreign_keys = on',
  ];
}
