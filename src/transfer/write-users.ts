import type { EntityManager } from '@mikro-orm/core';
import { BulkTable } from '../database/bulk-table.js';
import { changesOf, type StoredFields } from '../database/entity-rows.js';
import type { Database } from '../database/database.js';
import { Role, User } from '../user/user.entity.js';
import { updateUser } from '../user/user.writes.js';
import { OPERATOR } from '../viewer.js';
import type { Outcome, Write } from './outcome.js';
import type { GoodRow } from './records.js';
import { upsert } from './upsert.js';

// Nobody can sign in as a new user before somebody sets a password.
const NEW_USER = { role: Role.USER, isActive: true, age: null, passwordHash: null };

/** Users by slug. A password is never taken over, and that of a user who is there stays. */
export const userWriter = (database: Database): Write<'user'> => {
  const table = new BulkTable(database, User);
  return async (em, rows) => {
    const stored = await table.findBySlugs(em, rows.map(slugOf));
    const news = rows.filter((row) => !stored.has(slugOf(row)));
    const items = news.map(({ record, origin }) => ({ slug: record.slug, fields: { ...record }, origin }));
    await upsert(em, table, new Map(), items, NEW_USER);
    const outcomes: Outcome[] = [];
    for (const row of rows) outcomes.push(await change(em, stored.get(slugOf(row)), row));
    return { outcomes, made: [] };
  };
};

const slugOf = ({ record }: GoodRow<'user'>) => record.slug;

/** By the API's own use case: it keeps the last admin, and ends the sessions of who may not sign in any more. */
async function change(
  em: EntityManager,
  stored: StoredFields | undefined,
  { record }: GoodRow<'user'>,
): Promise<Outcome> {
  if (!stored) return 'created';
  const changed = changesOf(stored, { ...record });
  if (Object.keys(changed).length === 0) return 'unchanged';
  await updateUser(em, OPERATOR, String(stored.id), changed);
  return 'updated';
}
