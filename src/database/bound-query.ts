import type { EntityManager } from '@mikro-orm/core';
import type { AbstractSqlConnection, SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { Dialect, Sql } from './dialect.js';

type Client = ReturnType<AbstractSqlConnection['getClient']>;

/**
 * The rows of a statement with bound values, within the transaction of a unit of work. MikroORM's own way writes the
 * values into the text, which costs more than the statement where there are thousands of them.
 * @throws DriverException, such as UniqueConstraintViolationException, as MikroORM's own way does
 */
export async function boundQuery<Row>(em: EntityManager, text: string, values: readonly unknown[]): Promise<Row[]> {
  const sqlEm = em as SqlEntityManager;
  const transaction = sqlEm.getTransactionContext<Client>();
  if (!transaction) throw new Error('The unit of work has no transaction.');
  try {
    const { rows } = await transaction.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
    return rows;
  } catch (error) {
    throw sqlEm
      .getPlatform()
      .getExceptionConverter()
      .convertException(error as Error);
  }
}

/** The same for a statement that is put together from pieces. */
export function boundSql<Row>(em: EntityManager, dialect: Dialect, statement: Sql): Promise<Row[]> {
  const { sql, parameters } = statement.compile(dialect.kysely);
  return boundQuery<Row>(em, sql, parameters);
}
