import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Id } from '../shared/id.js';
import { boundQuery, boundRows } from './bound-query.js';
import type { Database } from './database.js';
import type { Dialect } from './dialect.js';

/** A column of many rows: its name and its type, as the database calls them. */
export interface BulkColumn {
  name: string;
  type: string;
}

/** Values of many rows, each in the order of the columns, as the driver takes them. */
export type Tuples = readonly (readonly unknown[])[];

/**
 * Gives SQLite 64 MiB of cache, until the database is closed: every index of a large table is written all over, and
 * pages that don't fit are written and read again. What it keeps to take a batch back stays in memory, too.
 */
export async function prepareForBulk({ dialect, orm }: Pick<Database, 'dialect' | 'orm'>): Promise<void> {
  if (dialect.kind !== 'sqlite') return;
  const connection = (orm.em as SqlEntityManager).getConnection();
  await connection.execute('pragma cache_size = -65536');
  await connection.execute('pragma temp_store = memory');
}

/** Inserts rows, and tells the id and slug of each. */
export async function insertRows(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  columns: readonly BulkColumn[],
  rows: Tuples,
): Promise<{ id: Id; slug: string }[]> {
  const insert = `insert into ${quoted(table)} (${namesOf(columns)})`;
  if (dialect.kind === 'sqlite') {
    // Not by `returning`: with it, SQLite keeps each page that the statement changes, to be able to take it back.
    const slug = columns.findIndex(({ name }) => name === 'slug');
    const ids = boundRows(em, `${insert} values (${marksOf(columns)})`, rows);
    return ids.map((id, index) => ({ id, slug: rows[index]?.[slug] as string }));
  }
  return runWithArrays(em, columns, rows, `${insert} select ${namesOf(columns)} from given returning id, slug`);
}

/** Writes the columns of rows that are there, found by `id`, which is one of the columns. */
export async function updateRows(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  columns: readonly BulkColumn[],
  rows: Tuples,
): Promise<void> {
  const key = columns.findIndex(({ name }) => name === 'id');
  const written = columns.filter((_, index) => index !== key);
  if (dialect.kind === 'sqlite') {
    const assignments = written.map(({ name }) => `${quoted(name)} = ?`).join(', ');
    // The id is the last parameter.
    const values = rows.map((row) => [...row.filter((_, index) => index !== key), row[key]]);
    boundRows(em, `update ${quoted(table)} set ${assignments} where id = ?`, values);
    return;
  }
  const assignments = written.map(({ name }) => `${quoted(name)} = given.${quoted(name)}`).join(', ');
  const update = `update ${quoted(table)} set ${assignments} from given where ${quoted(table)}.id = given.id`;
  await runWithArrays(em, columns, rows, update);
}

/** Inserts rows of a table that only links two others. */
export async function insertLinks(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  keys: readonly [string, string],
  rows: readonly (readonly [Id, Id])[],
): Promise<void> {
  const columns = keys.map((name) => ({ name, type: 'int' }));
  const insert = `insert into ${quoted(table)} (${namesOf(columns)})`;
  if (dialect.kind === 'sqlite') boundRows(em, `${insert} values (?, ?)`, rows);
  else await runWithArrays(em, columns, rows, `${insert} select ${namesOf(columns)} from given`);
}

/**
 * Runs a statement on PostgreSQL that reads rows of values as the table `given`: one array a column, so that its text is
 * the same for any number of rows.
 */
async function runWithArrays<Row>(
  em: EntityManager,
  columns: readonly BulkColumn[],
  rows: Tuples,
  statement: string,
): Promise<Row[]> {
  if (rows.length === 0) return [];
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const text = `with given(${namesOf(columns)}) as (select * from unnest(${arrays})) ${statement}`;
  return boundQuery<Row>(
    em,
    text,
    columns.map((_, index) => rows.map((row) => row[index])),
  );
}

const quoted = (name: string) => `"${name}"`;
const namesOf = (columns: readonly BulkColumn[]) => columns.map(({ name }) => quoted(name)).join(', ');
const marksOf = (columns: readonly BulkColumn[]) => columns.map(() => '?').join(', ');
