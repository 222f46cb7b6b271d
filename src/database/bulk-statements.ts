import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Id } from '../shared/id.js';
import { boundQuery } from './bound-query.js';
import type { Database } from './database.js';
import type { Dialect } from './dialect.js';

/** A column of many rows: its name and its type, as the database calls them. */
export interface BulkColumn {
  name: string;
  type: string;
}

/** Values of many rows, each in the order of the columns, as the driver takes them. */
export type Tuples = readonly (readonly unknown[])[];

/** SQLite binds at most 32766 values to a statement. PostgreSQL gets one array a column, however many rows. */
const MOST_VALUES = 32_766;

/**
 * Gives SQLite 64 MiB of cache, until the database is closed: every index of a large table is written all over, and
 * pages that don't fit are written and read again.
 */
export async function prepareForBulk({ dialect, orm }: Pick<Database, 'dialect' | 'orm'>): Promise<void> {
  if (dialect.kind !== 'sqlite') return;
  await (orm.em as SqlEntityManager).getConnection().execute('pragma cache_size = -65536');
}

/** Inserts rows, and tells the id and slug of each. */
export async function insertRows(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  columns: readonly BulkColumn[],
  rows: Tuples,
): Promise<{ id: Id; slug: string }[]> {
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const insert = `insert into ${quoted(table)} (${names}) select ${names} from given returning id, slug`;
  return runWithRows(em, dialect, columns, rows, insert);
}

/** Writes the columns of rows that are there, found by `id`, which is one of the columns. */
export async function updateRows(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  columns: readonly BulkColumn[],
  rows: Tuples,
): Promise<void> {
  const assignments = columns
    .filter(({ name }) => name !== 'id')
    .map(({ name }) => `${quoted(name)} = given.${quoted(name)}`);
  const update = `update ${quoted(table)} set ${assignments.join(', ')} from given where ${quoted(table)}.id = given.id`;
  await runWithRows(em, dialect, columns, rows, update);
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
  const names = keys.map(quoted).join(', ');
  await runWithRows(em, dialect, columns, rows, `insert into ${quoted(table)} (${names}) select ${names} from given`);
}

/** Runs a statement that reads rows of values as the table `given`; in parts where they are too many for one. */
async function runWithRows<Row>(
  em: EntityManager,
  dialect: Dialect,
  columns: readonly BulkColumn[],
  rows: Tuples,
  statement: string,
): Promise<Row[]> {
  const most = dialect.kind === 'sqlite' ? Math.floor(MOST_VALUES / columns.length) : rows.length;
  const answer: Row[] = [];
  for (let start = 0; start < rows.length; start += most) {
    const part = rows.slice(start, start + most);
    const given = dialect.kind === 'sqlite' ? givenValues(columns, part) : givenArrays(columns, part);
    answer.push(...(await boundQuery<Row>(em, `${given.text} ${statement}`, given.values)));
  }
  return answer;
}

/** As a list of values, one parameter each: what a parameter is bound as is what is stored, to the last bit. */
function givenValues(columns: readonly BulkColumn[], rows: Tuples) {
  const tuple = `(${columns.map(() => '?').join(', ')})`;
  const text = `with given(${namesOf(columns)}) as (values ${rows.map(() => tuple).join(', ')})`;
  return { text, values: rows.flat() };
}

/** As one array a column: the statement's text is the same for any number of rows. */
function givenArrays(columns: readonly BulkColumn[], rows: Tuples) {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  const text = `with given(${namesOf(columns)}) as (select * from unnest(${arrays}))`;
  return { text, values: columns.map((_, index) => rows.map((row) => row[index])) };
}

const quoted = (name: string) => `"${name}"`;
const namesOf = (columns: readonly BulkColumn[]) => columns.map(({ name }) => quoted(name)).join(', ');
