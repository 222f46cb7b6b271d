import { type EntityManager, raw } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundQuery, boundSql } from '../database/bound-query.js';
import { type Dialect, postgresql, sqlite } from '../database/dialect.js';
import { insertLinks } from '../database/bulk-statements.js';
import { changesOf } from '../database/entity-rows.js';
import { dialectOf, EntryTable } from '../database/entry-table.js';
import { MADE_PRODUCT } from '../database/made-entry.js';
import { getForUpdate, slugTaken, unlessTaken } from '../database/unit-of-work.js';
import { BadUserInputError, NotFoundError, OutOfStockError } from '../errors.js';
import { type Id, toId } from '../shared/id.js';
import { validate } from '../shared/input-rules.js';
import { findFreeSlug, toSlug } from '../shared/slug.js';
import { Product } from './product.entity.js';
import {
  type CreateProductInput,
  createProductRules,
  LARGEST_STOCK,
  type UpdateProductInput,
  updateProductRules,
} from './product.inputs.js';

/** @throws NotFoundError for a category or tag that is not there; ConflictError for a slug that is taken */
export async function createProduct(em: EntityManager, input: CreateProductInput): Promise<{ id: Id }> {
  const { categoryId, tagIds, slug, stock, isActive, ...fields } = validate(createProductRules, input);
  const { category = null, tags = [] } = await findLinked(em, categoryId, tagIds);
  const table = EntryTable.of(em, Product);
  const free = slug ?? (await findFreeSlug(toSlug(fields.name), (slugs) => table.findTakenSlugs(em, slugs)));
  const row = { ...fields, slug: free, category, stock: stock ?? 0, isActive: isActive ?? true };
  return unlessTaken({ products_slug_unique: slugTaken(free, !slug) }, () =>
    table.insert(em, row, { ...TAG_LINKS, ids: tags }),
  );
}

/** @throws NotFoundError for a category or tag that is not there; ConflictError for a slug that is taken */
export async function updateProduct(
  em: EntityManager,
  id: string,
  input: UpdateProductInput,
  expectedVersion?: number,
): Promise<{ id: Id }> {
  const { categoryId, tagIds, ...fields } = validate(updateProductRules, input);
  const table = EntryTable.of(em, Product);
  const stored = await table.getForUpdate(em, id, expectedVersion);
  const { category, tags } = await findLinked(em, categoryId, tagIds);
  const changed = changesOf(stored, { ...fields, category });
  const isRetagged = tags !== undefined && (await replaceTags(em, stored.id, tags));
  // The link table alone may change: the product's own version counts it.
  if (isRetagged || Object.keys(changed).length > 0) {
    const { slug = stored.slug } = fields;
    await unlessTaken({ products_slug_unique: slugTaken(slug, false) }, () => table.update(em, { stored, changed }));
  }
  return stored;
}

/** Deletes a product with its links to tags. */
export async function deleteProduct(em: EntityManager, product: Product): Promise<void> {
  em.remove(product);
}

/**
 * Adds delta, which may be negative, to the stock that is there when it happens.
 * @throws OutOfStockError where it would fall below 0; BadUserInputError where it would exceed what can be counted
 */
export async function adjustStock(em: EntityManager, productId: string, delta: number): Promise<Product> {
  if (delta === 0) return getForUpdate(em, Product, productId);
  const { least, most } = stockFor(delta);
  const changed = await em.nativeUpdate(
    Product,
    { id: toId(productId), stock: { $gte: least, $lte: most } },
    { stock: raw('stock + ?', [delta]), ...newVersion() },
  );
  const product = await em.findOne(Product, { id: toId(productId) });
  if (!product) throw new NotFoundError('Product', productId);
  if (changed > 0) return product;
  if (delta < 0) throw new OutOfStockError(product.id, product.stock, delta);
  throw new BadUserInputError([{ path: 'delta', message: `must leave the stock at ${LARGEST_STOCK} at most` }]);
}

/** What there has to be in stock for delta to be added. */
export const stockFor = (delta: number) => ({
  least: Math.max(0, -delta),
  most: Math.min(LARGEST_STOCK, LARGEST_STOCK - delta),
});

/** Takes a category that is about to go off its products; each of them counts as changed. */
export async function leaveCategory(em: EntityManager, categoryId: Id): Promise<void> {
  await em.nativeUpdate(Product, { category: categoryId }, { category: null, ...newVersion() });
}

/** Counts the products of a tag that is about to go as changed. */
export async function leaveTag(em: EntityManager, tagId: Id): Promise<void> {
  await em.nativeUpdate(
    Product,
    { id: { $in: raw('select product_id from product_tags where tag_id = ?', [tagId]) } },
    newVersion(),
  );
}

/** What a change by a statement of its own writes along: the unit of work's bookkeeping does not see it. */
const newVersion = () => ({ version: raw('version + 1'), updatedAt: new Date() });

/** What a product is to be linked to; undefined where that is left out. */
interface Linked {
  category?: Id | null;
  /** Each once. */
  tags?: readonly Id[];
}

/** They may be gone before the transaction ends, and a foreign key knows. @throws NotFoundError naming the first that is not there */
async function findLinked(
  em: EntityManager,
  categoryId: string | null | undefined,
  tagIds: readonly string[] | null | undefined,
): Promise<Linked> {
  const hasCategory = typeof categoryId === 'string';
  const found = await findIds(em, hasCategory ? [toId(categoryId)] : [], (tagIds ?? []).map(toId));
  if (hasCategory && found.category.length === 0) throw new NotFoundError('Category', categoryId);
  const missing = tagIds?.find((id) => !found.tags.includes(toId(id)));
  if (missing !== undefined) throw new NotFoundError('Tag', missing);
  return {
    category: categoryId === undefined ? undefined : (found.category[0] ?? null),
    tags: tagIds === undefined ? undefined : found.tags,
  };
}

/** Which of them there are, in one look. */
async function findIds(em: EntityManager, category: readonly Id[], tags: readonly Id[]) {
  if (category.length + tags.length === 0) return { category: [], tags: [] };
  const dialect = dialectOf(em);
  const lists = [category, tags].map((ids) => dialect.toDriverList(ids));
  const rows = await boundQuery<{ is_tag: number; id: Id }>(em, LOOKS[dialect.kind], lists);
  const idsOf = (isTag: number) => rows.filter((row) => row.is_tag === isTag).map(({ id }) => id);
  return { category: idsOf(0), tags: idsOf(1) };
}

const lookOn = (dialect: Dialect): string => {
  const isAsked = dialect.isIn(sql.ref('id'), undefined, 'integer');
  return sql`select 0 as is_tag, id from categories where ${isAsked} union all select 1, id from tags where ${isAsked}`.compile(
    dialect.kysely,
  ).sql;
};

const LOOKS = { sqlite: lookOn(sqlite), postgresql: lookOn(postgresql) };

/** @returns whether that changed anything */
async function replaceTags(em: EntityManager, productId: Id, after: readonly Id[]): Promise<boolean> {
  const before = await readTagIds(em, productId);
  const added = after.filter((id) => !before.includes(id));
  const removed = before.filter((id) => !after.includes(id));
  if (removed.length > 0) await unlinkTags(em, productId, removed);
  await linkTags(em, productId, added);
  return removed.length + added.length > 0;
}

async function readTagIds(em: EntityManager, productId: Id): Promise<Id[]> {
  const links = await boundSql<{ tag_id: Id }>(
    em,
    dialectOf(em),
    sql`select tag_id from product_tags where product_id = ${productId}`,
  );
  return links.map(({ tag_id: tagId }) => tagId);
}

function unlinkTags(em: EntityManager, productId: Id, tagIds: readonly Id[]): Promise<unknown> {
  const dialect = dialectOf(em);
  const isGone = dialect.isIn(sql.ref('tag_id'), dialect.toDriverList(tagIds), 'integer');
  return boundSql(em, dialect, sql`delete from product_tags where product_id = ${productId} and ${isGone}`);
}

/** How a product is linked to its tags. */
export const TAG_LINKS = { table: 'product_tags', keys: ['product_id', 'tag_id'], madeSetting: MADE_PRODUCT } as const;

const linkTags = (em: EntityManager, productId: Id, tagIds: readonly Id[]) =>
  insertLinks(
    em,
    dialectOf(em),
    TAG_LINKS.table,
    TAG_LINKS.keys,
    tagIds.map((tagId) => [productId, tagId]),
  );
