import { CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely';
import { looksIntoFullText } from './search-index.js';
import type { Unit } from './sqlite-units.js';
import type { BoundStatement } from './statements.js';
import type { Transaction } from './transaction.js';

/** A unit of work on the writing connection, which is its own until it ends. */
export class SqliteTransaction implements Transaction {
  readonly isTakenBack = false;

  constructor(
    private readonly connection: DatabaseConnection,
    private readonly unit: Unit,
    /** Lets the search find what has changed so far. */
    private readonly takeIn: () => void,
  ) {}

  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.connection.executeQuery(query);
  }

  async answer({ statement, values }: BoundStatement): Promise<string> {
    if (looksIntoFullText(statement.sql)) this.takeIn();
    const { rows } = await this.executeQuery<{ answer: string | null }>(CompiledQuery.raw(statement.sql, values));
    return rows[0]?.answer ?? 'null';
  }

  commit(): Promise<void> {
    return this.unit.commit();
  }

  async commitWithAnswer(bound: BoundStatement): Promise<string> {
    const answer = await this.answer(bound);
    await this.commit();
    return answer;
  }

  rollback(): Promise<void> {
    return this.unit.rollback();
  }
}
