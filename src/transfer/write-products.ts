import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import { deleteLinks, insertLinks } from '../database/bulk-statements.js';
import { BulkTable } from '../database/bulk-table.js';
import type { Database } from '../database/database.js';
import type { FieldProblem } from '../errors.js';
import { Product } from '../product/product.entity.js';
import type { Id } from '../shared/id.js';
import { type Links, resolveCategories, resolveTags } from './links.js';
import { type Outcome, refuse, type Write } from './outcome.js';
import type { GoodRow, Link } from './records.js';
import { type Item, upsert } from './upsert.js';

const NEW_PRODUCT = { description: null, imageUrl: null, stock: 0, rating: null, isActive: true, category: null };

type ProductItem = Item & { tagIds: Set<Id> | undefined };

/** Products by slug, with their links to a category and to tags. */
export const productWriter = (database: Database): Write<'product'> => {
  const table = new BulkTable(database, Product);
  return async (em, rows) => {
    const categories = await resolveCategories(
      em,
      database,
      rows.flatMap(({ record: { category } }) => category ?? []),
    );
    const tags = await resolveTags(
      em,
      database,
      rows.flatMap((row) => row.record.tags ?? []),
    );
    const drafted = rows.map((row) => missingLink(row, categories, tags) ?? toItem(row, categories, tags));
    const items = drafted.filter((item): item is ProductItem => !Array.isArray(item));
    const written = await writeItems(em, database, table, items);
    const outcomes = drafted.map((item) => (Array.isArray(item) ? item : (written.get(item) ?? 'unchanged')));
    return { outcomes, made: [...categories.made, ...tags.made] };
  };
};

function missingLink({ record }: GoodRow<'product'>, categories: Links, tags: Links): FieldProblem[] | undefined {
  const { category } = record;
  if (category && categories.idOf(category) === undefined) return refuse('category', isMissing(category));
  const tag = record.tags?.find((link) => tags.idOf(link) === undefined);
  return tag && refuse('tags', isMissing(tag));
}

const isMissing = ({ slug, name }: Link) => `must be there: "${slug ?? name}" is not`;

function toItem({ record, origin }: GoodRow<'product'>, categories: Links, tags: Links): ProductItem {
  const { category, tags: tagLinks, ...fields } = record;
  const categoryId = category ? categories.idOf(category) : category;
  const tagIds = tagLinks?.map((link) => tags.idOf(link) as Id);
  return { slug: record.slug, fields: { ...fields, category: categoryId }, origin, tagIds: tagIds && new Set(tagIds) };
}

async function writeItems(em: EntityManager, database: Database, table: BulkTable, items: ProductItem[]) {
  const stored = await table.findBySlugs(
    em,
    items.map(({ slug }) => slug),
  );
  const before = await readTagIds(
    em,
    database,
    [...stored.values()].map(({ id }) => id),
  );
  for (const item of items) {
    const product = stored.get(item.slug);
    item.isTouched = product && item.tagIds && !isSame(item.tagIds, before.get(product.id));
  }
  const { outcomes, ids } = await upsert(em, table, stored, items, NEW_PRODUCT);
  const retagged = items.filter(({ slug, isTouched }) => isTouched || !stored.has(slug));
  await replaceTags(em, database, retagged, ids, before);
  return new Map(items.map((item, index): [Item, Outcome] => [item, outcomes[index] as Outcome]));
}

function isSame(ids: ReadonlySet<Id>, before: ReadonlySet<Id> = new Set()): boolean {
  return ids.size === before.size && [...ids].every((id) => before.has(id));
}

async function readTagIds(em: EntityManager, { dialect }: Database, ids: readonly Id[]): Promise<Map<Id, Set<Id>>> {
  const tagIds = new Map(ids.map((id) => [id, new Set<Id>()]));
  if (ids.length === 0) return tagIds;
  const isWanted = dialect.isIn(sql.ref('product_id'), dialect.toDriverList(ids), 'integer');
  const links = await boundSql<{ product_id: Id; tag_id: Id }>(
    em,
    dialect,
    sql`select product_id, tag_id from product_tags where ${isWanted}`,
  );
  for (const { product_id: productId, tag_id: tagId } of links) tagIds.get(productId)?.add(tagId);
  return tagIds;
}

async function replaceTags(
  em: EntityManager,
  { dialect }: Database,
  items: readonly ProductItem[],
  ids: ReadonlyMap<string, Id>,
  before: ReadonlyMap<Id, ReadonlySet<Id>>,
): Promise<void> {
  // Only what differs: what stays is no event.
  const added: [Id, Id][] = [];
  const removed: [Id, Id][] = [];
  for (const { slug, tagIds = new Set<Id>() } of items) {
    const productId = ids.get(slug) as Id;
    const old = before.get(productId) ?? new Set<Id>();
    for (const id of tagIds) if (!old.has(id)) added.push([productId, id]);
    for (const id of old) if (!tagIds.has(id)) removed.push([productId, id]);
  }
  await deleteLinks(em, dialect, 'product_tags', ['product_id', 'tag_id'], removed);
  await insertLinks(em, dialect, 'product_tags', ['product_id', 'tag_id'], added);
}
