import type { EntityManager } from '@mikro-orm/core';
import type { Id } from '../shared/id.js';
import { boundQuery } from './bound-query.js';

/** Statements for SQLite that do for all new rows of a table what triggers do for each. */
export interface SetBased {
  /** The triggers that they stand in for. */
  readonly triggers: readonly string[];
  /** Each has one value: the ids of the new rows, as a JSON list. */
  readonly statements: readonly string[];
}

interface Trigger {
  name: string;
  sql: string;
}

/**
 * Runs inserts on SQLite without the triggers that statements stand in for, and then these. The triggers are dropped and
 * made again within the transaction: so nobody else ever sees the table without them, and what takes the inserts back
 * takes that back, too.
 * @param insert tells the ids of the new rows
 */
export async function insertAtOnce(
  em: EntityManager,
  setBased: readonly SetBased[],
  insert: () => Promise<readonly Id[]>,
): Promise<void> {
  const names = JSON.stringify(setBased.flatMap(({ triggers }) => triggers));
  // In the order in which they were made, which is the one that SQLite goes by.
  const triggers = await boundQuery<Trigger>(
    em,
    "select name, sql from sqlite_schema where type = 'trigger' and name in (select value from json_each(?)) order by rowid",
    [names],
  );
  for (const { name } of triggers) await boundQuery(em, `drop trigger "${name}"`, []);
  const ids = JSON.stringify(await insert());
  for (const statement of setBased.flatMap(({ statements }) => statements)) await boundQuery(em, statement, [ids]);
  for (const { sql } of triggers) await boundQuery(em, sql, []);
}
