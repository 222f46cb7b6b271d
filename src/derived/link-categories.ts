import { sql } from 'kysely';
import type { Config } from '../config.js';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { readSnapshot } from '../database/snapshot.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { Id } from '../shared/id.js';
import type { CheckOptions, CheckOutcome } from './wrong.js';

const IS_WRONG = sql`product_tags.category_id is distinct from products.category_id`;

const WRONG = sql`select products.id, slug from products join product_tags on product_id = products.id where ${IS_WRONG} group by products.id, slug order by products.id`;

/** Whether the links of products to tags have the category of their product. */
export async function checkLinkCategories(
  config: Config['database'],
  database: Database,
  { repairs, onWrong }: CheckOptions,
): Promise<CheckOutcome> {
  const wrong = await readSnapshot(config, database, (query) => query<{ id: Id; slug: string }>(WRONG));
  if (repairs && wrong.length > 0) await repair(database);
  for (const { id, slug } of wrong) onWrong(`products ${id} (${slug}): its tags not linked in its category`);
  return { found: wrong.length, left: repairs ? 0 : wrong.length };
}

/** Writes them anew, while nobody writes. */
function repair(database: Database): Promise<void> {
  const { dialect } = database;
  return unitOfWork(database, async (em) => {
    if (dialect.kind === 'postgresql')
      await boundSql(em, dialect, sql`lock table products, product_tags in share row exclusive mode`);
    await boundSql(
      em,
      dialect,
      sql`update product_tags set category_id = products.category_id from products where products.id = product_id and ${IS_WRONG}`,
    );
  });
}
