import { BulkTable } from '../database/bulk-table.js';
import type { Database } from '../database/database.js';
import { Tag } from '../tag/tag.entity.js';
import type { Write } from './outcome.js';
import { upsert } from './upsert.js';

/** Tags by slug. */
export const tagWriter = (database: Database): Write<'tag'> => {
  const table = new BulkTable(database, Tag);
  return async (em, rows) => {
    const items = rows.map(({ record: { slug, name }, origin }) => ({ slug, fields: { slug, name }, origin }));
    const slugs = items.map(({ slug }) => slug);
    const { outcomes } = await upsert(em, table, await table.findBySlugs(em, slugs), items);
    return { outcomes, made: [] };
  };
};
