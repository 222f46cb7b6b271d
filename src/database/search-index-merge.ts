import type { EntityManager } from '@mikro-orm/core';
import { boundQuery } from './bound-query.js';
import type { Database } from './database.js';
import { fullTextTables } from './search-index.js';
import { unitOfWork } from './unit-of-work.js';

/** Pages that one transaction writes, about a tenth of a second's work: others who write wait no longer. */
const PAGES_AT_A_TIME = 200;

/** What FTS5 changes of its own even where there is nothing to merge. */
const LEAST_CHANGES = 2;

/**
 * Merges what an import leaves in pieces. FTS5 would do so later, on the time of each of the writes that follow, and
 * a search looks into all pieces until then. It costs in proportion to what was imported. PostgreSQL does as much by itself.
 * @see https://www.sqlite.org/fts5.html#the_merge_command
 */
export async function mergeSearchIndexes(database: Database): Promise<void> {
  if (database.dialect.kind !== 'sqlite') return;
  for (const table of fullTextTables) {
    let isMerged = false;
    while (!isMerged) isMerged = await unitOfWork(database, (em) => mergeSome(em, table));
  }
}

/** @returns whether nothing is left to be merged */
async function mergeSome(em: EntityManager, table: string): Promise<boolean> {
  const before = await totalChanges(em);
  await boundQuery(em, `insert into ${table} (${table}, rank) values ('merge', ?)`, [PAGES_AT_A_TIME]);
  return (await totalChanges(em)) - before < LEAST_CHANGES;
}

async function totalChanges(em: EntityManager): Promise<number> {
  const [row] = await boundQuery<{ changes: number }>(em, 'select total_changes() as changes', []);
  return row?.changes ?? 0;
}
