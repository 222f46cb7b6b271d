import { CompiledQuery, type DatabaseConnection, type QueryResult, type SqliteDriver } from 'kysely';
import type { BoundStatement } from './statements.js';
import type { Transaction } from './transaction.js';

/** What a transaction needs of the driver. */
type Control = Pick<SqliteDriver, 'commitTransaction' | 'rollbackTransaction' | 'releaseConnection'>;

/** A transaction on the writing connection, which is its own until it ends. */
export class SqliteTransaction implements Transaction {
  readonly isTakenBack = false;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly driver: Control,
  ) {}

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.connection.executeQuery(query);
  }

  async answer({ statement, values }: BoundStatement): Promise<string> {
    const { rows } = await this.executeQuery<{ answer: string | null }>(CompiledQuery.raw(statement.sql, values));
    return rows[0]?.answer ?? 'null';
  }

  async commit(): Promise<void> {
    await this.driver.commitTransaction(this.connection);
    await this.driver.releaseConnection();
  }

  async commitWithAnswer(bound: BoundStatement): Promise<string> {
    const answer = await this.answer(bound);
    await this.commit();
    return answer;
  }

  async rollback(): Promise<void> {
    try {
      await this.driver.rollbackTransaction(this.connection);
    } finally {
      await this.driver.releaseConnection();
    }
  }
}
