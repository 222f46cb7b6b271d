import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import { deleteLinks, insertLinks } from '../database/bulk-statements.js';
import { BulkTable } from '../database/bulk-table.js';
import type { Database } from '../database/database.js';
import type { StoredFields } from '../database/entity-rows.js';
import type { FieldProblem } from '../errors.js';
import { NEW_PRODUCT } from '../product/new-product.js';
import { insertProducts, insertProductsOneByOne, type NewProducts } from '../product/new-products.js';
import { Product } from '../product/product.entity.js';
import type { Id } from '../shared/id.js';
import { type Links, resolveCategories, resolveTags } from './links.js';
import { type Outcome, refuse, type Written } from './outcome.js';
import { type ProductColumns, toldAt } from './product-columns.js';
import type { Link } from './records.js';
import { change, type Item } from './upsert.js';

/** Writes products, in the transaction of a unit of work. What violates a constraint fails them all. */
export type WriteProducts = (em: EntityManager, products: ProductColumns) => Promise<Written>;

type ProductItem = Item & { tagIds: Set<Id> | undefined };

/** Products of a source, and where their links lead. */
interface Linked {
  products: ProductColumns;
  categories: Links;
  tags: Links;
}

/**
 * Products by slug, with their links to a category and to tags.
 * @param isLast whether the transaction ends with each batch
 */
export const productWriter = (database: Database, isLast: boolean): WriteProducts => {
  const table = new BulkTable(database, Product);
  // Held until the end of an import, PostgreSQL's lock of events would keep all others from writing.
  const isAtOnce = isLast || database.dialect.kind === 'sqlite';
  return async (em, products) => {
    const categories = await resolveCategories(em, database, products.categories);
    const tags = await resolveTags(em, database, products.tags);
    const linked = { products, categories, tags };
    const { slug } = products.told;
    const stored = await table.findBySlugs(em, slug);
    const outcomes = slug.map((_, at): Outcome | undefined => missingLink(linked, at));
    const items = stored.size === 0 ? new Map<number, ProductItem>() : itemsOf(linked, stored, outcomes);
    const changed = await changeProducts(em, database, table, stored, [...items.values()]);
    for (const [at, item] of items) outcomes[at] = changed.has(item) ? 'updated' : 'unchanged';
    const news = slug.flatMap((_, at) => (outcomes[at] === undefined ? [at] : []));
    if (news.length > 0)
      await (isAtOnce ? insertProducts : insertProductsOneByOne)(em, database, newProducts(linked, news));
    return { outcomes: outcomes.map((outcome) => outcome ?? 'created'), made: [...categories.made, ...tags.made] };
  };
};

function missingLink({ products, categories, tags }: Linked, at: number): FieldProblem[] | undefined {
  const category = products.category[at];
  if (typeof category === 'number' && categories.ids[category] === undefined)
    return refuse('category', isMissing(products.categories[category] as Link));
  const tag = products.tagged[at]?.find((place) => tags.ids[place] === undefined);
  return tag === undefined ? undefined : refuse('tags', isMissing(products.tags[tag] as Link));
}

const isMissing = ({ slug, name }: Link) => `must be there: "${slug ?? name}" is not`;

/** What is to become of the products that are there, by their places. */
function itemsOf(
  { products, categories, tags }: Linked,
  stored: ReadonlyMap<string, StoredFields>,
  outcomes: readonly (Outcome | undefined)[],
): Map<number, ProductItem> {
  const items = new Map<number, ProductItem>();
  for (const [at, slug] of products.told.slug.entries()) {
    if (!stored.has(slug) || outcomes[at]) continue;
    const { id, version, createdAt, updatedAt, ...fields } = toldAt(products, at);
    const place = products.category[at];
    const category = typeof place === 'number' ? categories.ids[place] : place;
    const tagIds = products.tagged[at]?.map((tag) => tags.ids[tag] as Id);
    items.set(at, {
      slug,
      fields: { ...fields, category },
      origin: { id, version, createdAt, updatedAt },
      tagIds: tagIds && new Set(tagIds),
    });
  }
  return items;
}

/** The products that are not there, with all that a new one has. */
function newProducts(
  { products: { told, derived, ...products }, categories, tags }: Linked,
  news: number[],
): NewProducts {
  const isAll = news.length === told.slug.length;
  const pick = <T>(values: T[]): T[] => (isAll ? values : news.map((at) => values[at] as T));
  const withDefault = <T, D>(values: T[], otherwise: D) => pick(values).map((value) => value ?? otherwise);
  const now = new Date();
  const createdAt = withDefault(told.createdAt, now);
  const changes = pick(derived.changes).filter((text) => text !== undefined);
  return {
    columns: {
      id: pick(told.id),
      version: withDefault(told.version, 1),
      createdAt,
      updatedAt: pick(told.updatedAt).map((updatedAt, at) => updatedAt ?? createdAt[at]),
      name: pick(told.name),
      nameKey: pick(derived.nameKey),
      searchWords: pick(derived.searchWords),
      slug: pick(told.slug),
      description: withDefault(told.description, NEW_PRODUCT.description),
      imageUrl: withDefault(told.imageUrl, NEW_PRODUCT.imageUrl),
      priceShmeckles: pick(told.priceShmeckles),
      priceFlurbos: pick(told.priceFlurbos),
      stock: withDefault(told.stock, NEW_PRODUCT.stock),
      rating: withDefault(told.rating, NEW_PRODUCT.rating),
      ratingKey: pick(derived.ratingKey),
      isActive: withDefault(told.isActive, NEW_PRODUCT.isActive),
      category: pick(products.category).map((place) =>
        typeof place === 'number' ? (categories.ids[place] as Id) : null,
      ),
    },
    tagIds: pick(products.tagged).map((places) => [...new Set(places?.map((place) => tags.ids[place] as Id))]),
    changes: changes.length === news.length ? changes : undefined,
  };
}

async function changeProducts(
  em: EntityManager,
  database: Database,
  table: BulkTable,
  stored: ReadonlyMap<string, StoredFields>,
  items: readonly ProductItem[],
): Promise<ReadonlySet<Item>> {
  if (items.length === 0) return new Set();
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
