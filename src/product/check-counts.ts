import { sql } from 'kysely';
import type { Config } from '../config.js';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { readSnapshot } from '../database/snapshot.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { Id } from '../shared/id.js';
import { COUNTED_TABLES, type CountedTable, changesOf, recount, RECOUNTS, storedCount } from './product-counts.js';

/** A number that is not what counting comes to. */
export interface WrongCount {
  table: CountedTable;
  id: Id;
  /** null where the number is that of products without a category. */
  slug: string | null;
  column: CountColumn;
  stored: number;
  counted: number;
}

type CountColumn = keyof (typeof RECOUNTS)[CountedTable];

/**
 * The numbers of products that are not what counting comes to, all at one moment; a snapshot holds nobody up.
 * @param most that many of the newest categories and tags alone
 */
export function findWrongCounts(config: Config['database'], database: Database, most?: number): Promise<WrongCount[]> {
  return readSnapshot(config, database, async (query) => {
    const wrong: WrongCount[] = [];
    for (const table of COUNTED_TABLES) {
      for (const column of Object.keys(RECOUNTS[table]) as CountColumn[]) {
        const rows = await query<{ id: Id; slug: string | null; stored: number | string; counted: number | string }>(
          sql`select * from (select id, ${table === 'uncategorized_products' ? sql`null` : sql`slug`} as slug, ${storedCount(table, column, database.dialect)} as stored, (${sql.raw(RECOUNTS[table][column])}) as counted from ${rowsOf(table, most)}) as numbers where stored <> counted order by id`,
        );
        wrong.push(
          ...rows.map((row) => ({ ...row, table, column, stored: Number(row.stored), counted: Number(row.counted) })),
        );
      }
    }
    return wrong;
  });
}

const rowsOf = (table: CountedTable, most: number | undefined) =>
  most === undefined
    ? sql.table(table)
    : sql`(select * from ${sql.table(table)} order by id desc limit ${sql.lit(most)}) as ${sql.table(table)}`;

/** Counts all anew, while nobody writes. */
export function repairCounts(database: Database): Promise<void> {
  const { dialect } = database;
  return unitOfWork(database, async (em) => {
    const run = (statement: string) => boundSql(em, dialect, sql.raw(statement));
    if (dialect.kind === 'postgresql') {
      await run('lock table products, product_tags in share row exclusive mode');
      for (const table of COUNTED_TABLES) await run(`delete from ${changesOf(table)}`);
    }
    for (const table of COUNTED_TABLES) await run(recount(table));
  });
}
