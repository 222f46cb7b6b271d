import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { BoundStatement } from './statements.js';

/**
 * The transaction of a unit of work, on a connection that nobody else has meanwhile. It is begun past MikroORM and
 * Kysely, whose own ways take more time than the statements of a small unit; MikroORM takes it for one of its own by
 * `executeQuery`.
 */
export interface Transaction {
  /** Whether its connection was lost before the commit: nothing of it is left, and it may run again at once. */
  readonly isTakenBack: boolean;
  executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>>;
  /** The one answer of a compiler's statement as JSON text: what the transaction has written itself, too. */
  answer(bound: BoundStatement): Promise<string>;
  /** Commits; where this fails, the transaction is still to be taken back. */
  commit(): Promise<void>;
  /** The answer as the transaction leaves it, and the commit, sent as one. */
  commitWithAnswer(bound: BoundStatement): Promise<string>;
  /** Takes back what there is to take back. */
  rollback(): Promise<void>;
}

/** The transaction that a unit of work runs in. */
export function transactionOf(em: EntityManager): Transaction {
  const transaction = (em as SqlEntityManager).getTransactionContext<unknown>();
  if (!transaction) throw new Error('The unit of work has no transaction.');
  return transaction as Transaction;
}
