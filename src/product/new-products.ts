import { setImmediate } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/core';
import { arrayText } from '../database/array-text.js';
import { boundQuery } from '../database/bound-query.js';
import { insertColumns } from '../database/bulk-statements.js';
import { BulkTable, type FieldColumns } from '../database/bulk-table.js';
import type { Database } from '../database/database.js';
import { indexAtOnce } from '../database/search-index.js';
import { insertAtOnce } from '../database/set-based.js';
import { madeChange } from '../event/made-changes.js';
import { postgresqlEventsAtOnce, TOLD_AT_ONCE } from '../event/postgresql-event-triggers.js';
import { sqliteEventsAtOnce } from '../event/sqlite-event-triggers.js';
import type { Id } from '../shared/id.js';
import { LINK_CATEGORY_INSERT } from './link-categories.js';
import { addMadeCounts } from './made-counts.js';
import { madeCounts } from './product-counts.js';
import { Product } from './product.entity.js';

/** Many new products, by columns. */
export interface NewProducts {
  /** Each property, complete; ids only where a product brings one. */
  readonly columns: FieldColumns & {
    readonly id: readonly (Id | undefined)[];
    readonly name: readonly string[];
    readonly category: readonly (Id | null)[];
    readonly isActive: readonly boolean[];
  };
  readonly tagIds: readonly (readonly Id[])[];
  /** What the events say of each but for category and tags, see made-changes.ts; undefined where the database has to say it. */
  readonly changes: readonly string[] | undefined;
}

/** What is written with the products, or by `addMadeCounts`. */
const saidOtherwise = { triggers: [...madeCounts.triggers, LINK_CATEGORY_INSERT], statements: [] };

const ON_SQLITE = [saidOtherwise, indexAtOnce('products'), sqliteEventsAtOnce];

const LINK_COLUMNS = ['product_id', 'tag_id', 'category_id'].map((name) => ({ name, type: 'int' }));

/**
 * Inserts many new products and their links to tags. What triggers do for each row (events; on SQLite the numbers of
 * products and the search index, too) is done once for all of them: that takes a third of the time. On PostgreSQL the
 * events of others wait from here until the transaction ends, so it should come last.
 */
export const insertProducts = (em: EntityManager, database: Database, products: NewProducts): Promise<void> =>
  database.dialect.kind === 'sqlite'
    ? insertOnSqlite(em, database, products)
    : insertOnPostgresql(em, database, products);

/** The same with the triggers, row by row: on PostgreSQL, nobody waits before the commit. */
export async function insertProductsOneByOne(
  em: EntityManager,
  database: Database,
  products: NewProducts,
): Promise<Id[]> {
  const ids = await takeIds(em, database, products);
  await insertWithLinks(em, database, products, ids);
  return ids;
}

const takeIds = (em: EntityManager, database: Database, { columns }: NewProducts) =>
  new BulkTable(database, Product).takeIds(em, columns.id);

async function insertWithLinks(
  em: EntityManager,
  database: Database,
  { columns, tagIds }: NewProducts,
  ids: readonly Id[],
): Promise<void> {
  await new BulkTable(database, Product).insertColumns(em, { ...columns, id: ids });
  const places = tagIds.flatMap((tags, at) => tags.map(() => at));
  const links = [places.map((at) => ids[at]), tagIds.flat(), places.map((at) => columns.category[at])];
  await insertColumns(em, database.dialect, 'product_tags', LINK_COLUMNS, links);
}

const insertOnSqlite = (em: EntityManager, database: Database, products: NewProducts): Promise<void> =>
  insertAtOnce(em, ON_SQLITE, async () => {
    const ids = await insertProductsOneByOne(em, database, products);
    addMadeCounts(em, { ...products.columns, tagIds: products.tagIds });
    return ids;
  });

async function insertOnPostgresql(em: EntityManager, database: Database, products: NewProducts): Promise<void> {
  const run = (statement: string, values: readonly unknown[] = []) => boundQuery(em, statement, values);
  const setTold = (value: 'on' | '') => run('select set_config($1, $2, true)', [TOLD_AT_ONCE, value]);
  const { before, statement, madeStatement, after } = postgresqlEventsAtOnce;
  const ids = await takeIds(em, database, products);
  await setTold('on');
  const [told] = await Promise.all([
    whileServerWorks(() => toldChanges(products)),
    insertWithLinks(em, database, products, ids),
  ]);
  await setTold('');
  for (const one of before) await run(one);
  if (told) await run(madeStatement, [arrayText(ids), arrayText(products.columns.name), told]);
  else await run(statement, [arrayText(ids)]);
  for (const one of after) await run(one);
}

/** Does something as soon as the statement that is about to be sent is on its way. */
async function whileServerWorks<T>(work: () => T): Promise<T> {
  await setImmediate();
  return work();
}

/** The changes of all, a line each: in JSON no line ends, and nothing is to be escaped, as it would be in an array. */
const toldChanges = (products: NewProducts): string | undefined =>
  products.changes && changesOf(products, products.changes).join('\n');

/** The changes with those of category and tags, the last of all. */
function changesOf({ columns, tagIds }: NewProducts, changes: readonly string[]): string[] {
  return changes.map((told, at) => {
    const category = columns.category[at] ?? null;
    const tags = tagIds[at] ?? [];
    const ofCategory = category === null ? '' : `,${madeChange('categoryId', `"${category}"`)}`;
    const ofTags = tags.length === 0 ? '' : `,${madeChange('tagIds', listOf(tags))}`;
    return `[${told}${ofCategory}${ofTags}]`;
  });
}

/** As PostgreSQL writes a list. */
const listOf = (ids: readonly Id[]) =>
  `[${ids
    .toSorted((a, b) => a - b)
    .map((id) => `"${id}"`)
    .join(', ')}]`;
