import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import { deleteLinks, insertLinks } from '../database/bulk-statements.js';
import { BulkTable } from '../database/bulk-table.js';
import type { Database } from '../database/database.js';
import type { StoredFields } from '../database/entity-rows.js';
import type { FieldProblem } from '../errors.js';
import { insertProducts } from '../product/new-products.js';
import { Product } from '../product/product.entity.js';
import type { Id } from '../shared/id.js';
import { type Links, resolveCategories, resolveTags } from './links.js';
import { type Outcome, refuse, type Write } from './outcome.js';
import type { GoodRow, Link } from './records.js';
import { change, create, type Item } from './upsert.js';

const NEW_PRODUCT = { description: null, imageUrl: null, stock: 0, rating: null, isActive: true, category: null };

type ProductItem = Item & { tagIds: Set<Id> | undefined };

/**
 * Products by slug, with their links to a category and to tags.
 * @param isLast whether the transaction ends with each batch
 */
export const productWriter = (database: Database, isLast: boolean): Write<'product'> => {
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
    const written = await writeItems(em, database, table, items, isLast);
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

function toItem({ record, origin, derived }: GoodRow<'product'>, categories: Links, tags: Links): ProductItem {
  const { category, tags: tagLinks, ...fields } = record;
  const categoryId = category ? categories.idOf(category) : category;
  const tagIds = tagLinks?.map((link) => tags.idOf(link) as Id);
  return {
    slug: record.slug,
    fields: { ...fields, category: categoryId },
    origin,
    derived,
    tagIds: tagIds && new Set(tagIds),
  };
}

async function writeItems(
  em: EntityManager,
  database: Database,
  table: BulkTable,
  items: ProductItem[],
  isLast: boolean,
): Promise<Map<Item, Outcome>> {
  const stored = await table.findBySlugs(
    em,
    items.map(({ slug }) => slug),
  );
  const changed = await changeProducts(em, database, table, stored, items);
  const news = items.filter(({ slug }) => !stored.has(slug));
  // Held until the end of an import, PostgreSQL's lock of events would keep all others from writing.
  const isAtOnce = isLast || database.dialect.kind === 'sqlite';
  const insert = () => makeProducts(em, database, table, news);
  if (news.length > 0) await (isAtOnce ? insertProducts(em, database.dialect, insert) : insert());
  const outcomeOf = (item: ProductItem) =>
    stored.has(item.slug) ? (changed.has(item) ? 'updated' : 'unchanged') : 'created';
  return new Map(items.map((item) => [item, outcomeOf(item)]));
}

async function changeProducts(
  em: EntityManager,
  database: Database,
  table: BulkTable,
  stored: ReadonlyMap<string, StoredFields>,
  items: readonly ProductItem[],
): Promise<ReadonlySet<Item>> {
  if (stored.size === 0) return new Set();
  const before = await readTagIds(
    em,
    database,
    [...stored.values()].map(({ id }) => id),
  );
  const retagged: { productId: Id; tagIds: ReadonlySet<Id> }[] = [];
  for (const item of items) {
    const product = stored.get(item.slug);
    if (!product || !item.tagIds || isSame(item.tagIds, before.get(product.id))) continue;
    item.isTouched = true;
    retagged.push({ productId: product.id, tagIds: item.tagIds });
  }
  const changed = await change(em, table, stored, items);
  await replaceTags(em, database, retagged, before);
  return changed;
}

/** @returns the ids, in the order in which they were inserted */
async function makeProducts(
  em: EntityManager,
  { dialect }: Database,
  table: BulkTable,
  items: readonly ProductItem[],
): Promise<Id[]> {
  // Nothing fills the search index meanwhile: `insertProducts` does so afterwards.
  const ids = await create(em, table, items, NEW_PRODUCT, true);
  const links = items.flatMap(({ slug, tagIds, fields: { category } }) =>
    [...(tagIds ?? [])].map((tagId) => [ids.get(slug) as Id, tagId, (category ?? null) as Id | null]),
  );
  await insertLinks(em, dialect, 'product_tags', ['product_id', 'tag_id', 'category_id'], links);
  return [...ids.values()];
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
  retagged: readonly { productId: Id; tagIds: ReadonlySet<Id> }[],
  before: ReadonlyMap<Id, ReadonlySet<Id>>,
): Promise<void> {
  // Only what differs: what stays is no event.
  const added: [Id, Id][] = [];
  const removed: [Id, Id][] = [];
  for (const { productId, tagIds } of retagged) {
    const old = before.get(productId) ?? new Set<Id>();
    for (const id of tagIds) if (!old.has(id)) added.push([productId, id]);
    for (const id of old) if (!tagIds.has(id)) removed.push([productId, id]);
  }
  await deleteLinks(em, dialect, 'product_tags', ['product_id', 'tag_id'], removed);
  await insertLinks(em, dialect, 'product_tags', ['product_id', 'tag_id'], added);
}
