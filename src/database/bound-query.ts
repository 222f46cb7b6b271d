import { DriverException, type EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery, type QueryResult } from 'kysely';
import { CatalogError } from '../errors.js';
import type { Id } from '../shared/id.js';
import type { Dialect, Sql } from './dialect.js';
import type { WritingConnection } from './sqlite.js';
import { transactionOf } from './transaction.js';

/**
 * The rows of a statement with bound values, within the transaction of a unit of work. MikroORM's own way writes the
 * values into the text, which costs more than the statement where there are thousands of them.
 * @throws DriverException, such as UniqueConstraintViolationException, as MikroORM's own way does
 */
export async function boundQuery<Row>(em: EntityManager, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await run<Row>(em, text, values);
  return rows;
}

/** The id of the row that a statement inserts: on PostgreSQL, it has to return it. */
export async function boundInsert(em: EntityManager, text: string, values: readonly unknown[]): Promise<Id> {
  const { rows, insertId } = await run<{ id: Id }>(em, text, values);
  return rows[0]?.id ?? Number(insertId);
}

async function run<Row>(em: EntityManager, text: string, values: readonly unknown[]): Promise<QueryResult<Row>> {
  const transaction = transactionOf(em);
  try {
    return await transaction.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  } catch (error) {
    throw asException(em, error);
  }
}

/** A driver's error as MikroORM's own way throws it: UniqueConstraintViolationException and the like. */
export function asException(em: EntityManager, error: unknown): unknown {
  const isOfDriver = error instanceof Error && 'code' in error && !(error instanceof DriverException);
  if (!isOfDriver || error instanceof CatalogError) return error;
  return (em as SqlEntityManager).getPlatform().getExceptionConverter().convertException(error);
}

/**
 * Runs a statement on SQLite once for each row of values, within the transaction of a unit of work. A statement's own
 * cost is small there, and that of a text with thousands of parameters is not.
 * @returns the row id that each run has inserted
 */
export function boundRows(em: EntityManager, text: string, rows: Iterable<readonly unknown[]>): number[] {
  const sqlEm = em as SqlEntityManager;
  const connection = sqlEm.getConnection('write') as unknown as WritingConnection;
  try {
    const statement = connection.prepared(text);
    return Array.from(rows, (row) => Number(statement.run(row).lastInsertRowid));
  } catch (error) {
    throw asException(em, error);
  }
}

/** The same for a statement that is put together from pieces. */
export function boundSql<Row>(em: EntityManager, dialect: Dialect, statement: Sql): Promise<Row[]> {
  const { sql, parameters } = statement.compile(dialect.kysely);
  return boundQuery<Row>(em, sql, parameters);
}
