import { CompiledQuery } from 'kysely';
import type { BoundStatement, SqlText } from './statements.js';
import type { Transaction } from './transaction.js';

/** Something that must hold for an answer to count: a statement that has a row where it does. */
export type Proof = BoundStatement;

/** The proof failed, and there is no answer. */
export class Unproven extends Error {}

const proven = new WeakMap<SqlText, SqlText>();

/**
 * A statement that has no row unless the proof holds, in one look at the database for both. There is one kind of proof:
 * its text is always the same.
 */
export function withProof(bound: BoundStatement, proof: Proof): BoundStatement {
  const { statement } = bound;
  const kept = proven.get(statement);
  const both = kept ?? { sql: join(statement.sql, proof.statement.sql, bound.values.length) };
  if (!kept) proven.set(statement, both);
  return { ...bound, statement: both, values: [...bound.values, ...proof.values] };
}

const join = (answer: string, proof: string, offset: number): string =>
  `select coalesce((${answer}), 'null') as answer where exists (${renumbered(proof, offset)})`;

/** A text whose values come behind so many others: PostgreSQL numbers its parameters. */
export const renumbered = (text: string, offset: number): string =>
  text.replaceAll(/\$(\d+)/g, (_, number) => `$${Number(number) + offset}`);

/** Looks a proof up within a transaction, which is taken back where it does not hold. @throws Unproven */
export async function prove(transaction: Transaction, { statement, values }: Proof): Promise<void> {
  try {
    const { rows } = await transaction.executeQuery(CompiledQuery.raw(statement.sql, values));
    if (rows.length === 0) throw new Unproven();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}
