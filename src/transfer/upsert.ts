import type { EntityManager } from '@mikro-orm/core';
import type { BulkTable } from '../database/bulk-table.js';
import { type Change, changesOf, type Fields, type StoredFields } from '../database/entity-rows.js';
import type { Id } from '../shared/id.js';
import type { Outcome } from './outcome.js';
import type { Origin } from './records.js';

/** An entry as it is to be. */
export interface Item {
  slug: string;
  /** By property; what is undefined stays as it is. */
  fields: Fields;
  origin: Origin;
  /** Whether something beside its own columns changes, which counts as a change of it. */
  isTouched?: boolean;
}

/**
 * Makes what is not there and changes what differs; the rest is not written at all.
 * @param stored what is there, by slug
 * @param defaults what a new entry gets where its source does not tell
 */
export async function upsert(
  em: EntityManager,
  table: BulkTable,
  stored: ReadonlyMap<string, StoredFields>,
  items: readonly Item[],
  defaults: Fields = {},
): Promise<{ outcomes: Outcome[]; ids: Map<string, Id> }> {
  const news = items.filter(({ slug }) => !stored.has(slug));
  const created = await create(em, table, news, defaults);
  const changed = await change(em, table, stored, items);
  const ids = new Map([...created, ...[...stored].map(([slug, { id }]): [string, Id] => [slug, id])]);
  const outcomes = items.map((item) =>
    created.has(item.slug) ? 'created' : changed.has(item) ? 'updated' : 'unchanged',
  );
  return { outcomes, ids };
}

/** Makes entries that are not there. @returns their ids by slug */
const create = (
  em: EntityManager,
  table: BulkTable,
  items: readonly Item[],
  defaults: Fields,
): Promise<Map<string, Id>> =>
  table.insert(
    em,
    items.map(({ fields, origin }) => ({ ...defaults, ...given(fields), ...origin })),
  );

/** Changes what is there and differs. @returns what did */
export async function change(
  em: EntityManager,
  table: BulkTable,
  stored: ReadonlyMap<string, StoredFields>,
  items: readonly Item[],
): Promise<ReadonlySet<Item>> {
  const changes = new Map<Item, Change>();
  for (const item of items) {
    const changed = changeOf(stored.get(item.slug), item);
    if (changed) changes.set(item, changed);
  }
  await table.update(em, [...changes.values()]);
  return new Set(changes.keys());
}

/** The fields that their source tells. */
function given(fields: Fields): Fields {
  const told: Fields = {};
  for (const name in fields) if (fields[name] !== undefined) told[name] = fields[name];
  return told;
}

function changeOf(stored: StoredFields | undefined, { fields, isTouched }: Item): Change | undefined {
  if (!stored) return undefined;
  const changed = changesOf(stored, fields);
  return isTouched || Object.keys(changed).length > 0 ? { stored, changed } : undefined;
}
