import type { EntityManager } from '@mikro-orm/core';
import type { Id } from '../shared/id.js';
import { arrayText } from './array-text.js';
import { boundQuery, boundRows } from './bound-query.js';
import type { Dialect } from './dialect.js';

/** A column of many rows: its name and its type, as the database calls them. */
export interface BulkColumn {
  name: string;
  type: string;
}

/** Values of many rows, each in the order of the columns, as the driver takes them. */
export type Tuples = readonly (readonly unknown[])[];

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
    const [id, slug] = ['id', 'slug'].map((column) => columns.findIndex(({ name }) => name === column));
    const parts = runWithValues(em, columns, rows, `${insert} select ${namesOf(columns)} from given`);
    return parts.flatMap(({ rows: part, lastId }) =>
      // The ids that one statement gives follow one another.
      part.map((row, index) => ({
        id: (row[id ?? -1] as Id | undefined) ?? lastId - part.length + 1 + index,
        slug: row[slug ?? -1] as string,
      })),
    );
  }
  return runWithArrays(em, columns, rows, `${insert} select ${namesOf(columns)} from given returning id, slug`);
}

/** Values of many rows, one list a column, as the driver takes them. */
export type Columns = readonly (readonly unknown[])[];

/** Columns up to which SQLite takes many rows by one statement sooner: beyond, binding and compiling it takes as long. */
const FEW_COLUMNS = 4;

/** Inserts rows that are given by columns: on SQLite for a table without triggers that fill a full-text table. */
export async function insertColumns(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  columns: readonly BulkColumn[],
  values: Columns,
): Promise<void> {
  const insert = `insert into ${quoted(table)} (${namesOf(columns)})`;
  if ((values[0]?.length ?? 0) === 0) return;
  if (dialect.kind === 'sqlite' && columns.length <= FEW_COLUMNS)
    runWithValues(em, columns, [...tuplesOf(values)], `${insert} select ${namesOf(columns)} from given`);
  else if (dialect.kind === 'sqlite') boundRows(em, `${insert} values ${tupleOf(columns)}`, tuplesOf(values));
  else {
    const statement = ofArrays(columns, `${insert} select ${namesOf(columns)} from given`);
    await boundQuery(em, statement, values.map(arrayText));
  }
}

/** One after another: all at once they would outlive what V8 takes for young. */
function* tuplesOf(columns: Columns): Generator<unknown[]> {
  for (let row = 0; row < (columns[0]?.length ?? 0); row += 1) yield columns.map((values) => values[row]);
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
  if (dialect.kind === 'sqlite') runWithValues(em, columns, rows, update);
  else await runWithArrays(em, columns, rows, update);
}

/** Inserts a few rows of a table that only links others. */
export async function insertLinks(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  keys: readonly string[],
  rows: readonly (readonly (Id | null)[])[],
): Promise<void> {
  const columns = keys.map((name) => ({ name, type: 'int' }));
  const insert = `insert into ${quoted(table)} (${namesOf(columns)})`;
  if (dialect.kind === 'sqlite') boundRows(em, `${insert} values ${tupleOf(columns)}`, rows);
  else await runWithArrays(em, columns, rows, `${insert} select ${namesOf(columns)} from given`);
}

/** Deletes rows of such a table. */
export async function deleteLinks(
  em: EntityManager,
  dialect: Dialect,
  table: string,
  keys: readonly [string, string],
  rows: readonly (readonly [Id, Id])[],
): Promise<void> {
  const columns = keys.map((name) => ({ name, type: 'int' }));
  const names = namesOf(columns);
  const remove = `delete from ${quoted(table)} where (${names}) in (select ${names} from given)`;
  if (dialect.kind === 'sqlite') runWithValues(em, columns, rows, remove);
  else await runWithArrays(em, columns, rows, remove);
}

/** Rows that one statement of SQLite takes; it binds at most 32766 values. */
const MOST_ROWS = 1000;
const MOST_VALUES = 32_766;

/**
 * Runs a statement on SQLite that reads rows of values as the table `given`, a part of them at a time. Not row by row: a
 * full-text table writes what it holds to the file at the end of each statement, and merges all these pieces again.
 * @returns the parts, each with the row id that it inserted last
 */
function runWithValues(em: EntityManager, columns: readonly BulkColumn[], rows: Tuples, statement: string) {
  const most = Math.min(MOST_ROWS, Math.floor(MOST_VALUES / columns.length));
  const parts = Array.from({ length: Math.ceil(rows.length / most) }, (_, index) =>
    rows.slice(index * most, (index + 1) * most),
  );
  const tuple = tupleOf(columns);
  const run = (sameSize: readonly Tuples[]) => {
    if (sameSize.length === 0) return [];
    const values = Array.from({ length: sameSize[0]?.length ?? 0 }, () => tuple).join(', ');
    const text = `with given(${namesOf(columns)}) as (values ${values}) ${statement}`;
    const lastIds = boundRows(
      em,
      text,
      sameSize.map((part) => part.flat()),
    );
    return sameSize.map((part, index) => ({ rows: part, lastId: lastIds[index] ?? 0 }));
  };
  const full = parts.filter((part) => part.length === most);
  return [...run(full), ...run(parts.slice(full.length))];
}

/** Runs a statement on PostgreSQL that reads rows of values as the table `given`. */
async function runWithArrays<Row>(
  em: EntityManager,
  columns: readonly BulkColumn[],
  rows: Tuples,
  statement: string,
): Promise<Row[]> {
  if (rows.length === 0) return [];
  const values = columns.map((_, index) => arrayText(rows.map((row) => row[index])));
  return boundQuery<Row>(em, ofArrays(columns, statement), values);
}

/** A statement of PostgreSQL with one array for each column of `given`: its text is the same for any number of rows. */
function ofArrays(columns: readonly BulkColumn[], statement: string): string {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ');
  return `with given(${namesOf(columns)}) as (select * from unnest(${arrays})) ${statement}`;
}

const quoted = (name: string) => `"${name}"`;
const tupleOf = (columns: readonly BulkColumn[]) => `(${columns.map(() => '?').join(', ')})`;
const namesOf = (columns: readonly BulkColumn[]) => columns.map(({ name }) => quoted(name)).join(', ');
