import type { EntityManager } from '@mikro-orm/core';
import { boundQuery } from '../database/bound-query.js';
import type { Dialect } from '../database/dialect.js';
import { indexAtOnce } from '../database/search-index.js';
import { insertAtOnce } from '../database/set-based.js';
import { postgresqlEventsAtOnce, TOLD_AT_ONCE } from '../event/postgresql-event-triggers.js';
import { sqliteEventsAtOnce } from '../event/sqlite-event-triggers.js';
import type { Id } from '../shared/id.js';
import { LINK_CATEGORY_INSERT } from './link-categories.js';
import { countAtOnce } from './product-counts.js';

/** New links say the category themselves. */
const saidByLinks = { triggers: [LINK_CATEGORY_INSERT], statements: [] };

const ON_SQLITE = [countAtOnce, saidByLinks, indexAtOnce('products'), sqliteEventsAtOnce];

/**
 * Inserts many new products and their links to tags. What triggers do for each row (events; on SQLite the numbers of
 * products and the search index, too) is done once for all of them: that takes a third of the time. On PostgreSQL the
 * events of others wait from here until the transaction ends, so it should come last.
 * @param insert inserts nothing else, and tells the products' ids
 */
export const insertProducts = (
  em: EntityManager,
  { kind }: Dialect,
  insert: () => Promise<readonly Id[]>,
): Promise<void> => (kind === 'sqlite' ? insertAtOnce(em, ON_SQLITE, insert) : insertToldAtOnce(em, insert));

async function insertToldAtOnce(em: EntityManager, insert: () => Promise<readonly Id[]>): Promise<void> {
  const run = (statement: string, values: readonly unknown[] = []) => boundQuery(em, statement, values);
  const setTold = (value: 'on' | '') => run('select set_config($1, $2, true)', [TOLD_AT_ONCE, value]);
  const { before, statement, after } = postgresqlEventsAtOnce;
  await setTold('on');
  const ids = await insert();
  await setTold('');
  for (const one of before) await run(one);
  await run(statement, [ids]);
  for (const one of after) await run(one);
}
