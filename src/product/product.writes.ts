import { type EntityManager, raw } from '@mikro-orm/core';
import { sql } from 'kysely';
import { Category } from '../category/category.entity.js';
import { boundSql } from '../database/bound-query.js';
import { insertLinks } from '../database/bulk-statements.js';
import { changesOf } from '../database/entity-rows.js';
import { dialectOf, EntryTable } from '../database/entry-table.js';
import { findTakenSlugs, getForUpdate, slugTaken, unlessTaken } from '../database/unit-of-work.js';
import { BadUserInputError, NotFoundError, OutOfStockError } from '../errors.js';
import { type Id, toId } from '../shared/id.js';
import { validate } from '../shared/input-rules.js';
import { findFreeSlug, toSlug } from '../shared/slug.js';
import { Tag } from '../tag/tag.entity.js';
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
  const category = await findCategoryId(em, categoryId);
  const tags = await findTagIds(em, tagIds ?? []);
  const free = slug ?? (await findFreeSlug(toSlug(fields.name), findTakenSlugs(em, Product)));
  const row = { ...fields, slug: free, category, stock: stock ?? 0, isActive: isActive ?? true };
  const product = await unlessTaken({ products_slug_unique: slugTaken(free, !slug) }, () =>
    EntryTable.of(em, Product).insert(em, row),
  );
  await linkTags(em, product.id, tags);
  return product;
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
  const category = categoryId === undefined ? undefined : await findCategoryId(em, categoryId);
  const changed = changesOf(stored, { ...fields, category });
  const isRetagged = tagIds !== undefined && (await replaceTags(em, stored.id, tagIds ?? []));
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
  const enough = { $gte: Math.max(0, -delta), $lte: Math.min(LARGEST_STOCK, LARGEST_STOCK - delta) };
  const changed = await em.nativeUpdate(
    Product,
    { id: toId(productId), stock: enough },
    { stock: raw('stock + ?', [delta]), ...newVersion() },
  );
  const product = await em.findOne(Product, { id: toId(productId) });
  if (!product) throw new NotFoundError('Product', productId);
  if (changed > 0) return product;
  if (delta < 0) throw new OutOfStockError(product.id, product.stock, delta);
  throw new BadUserInputError([{ path: 'delta', message: `must leave the stock at ${LARGEST_STOCK} at most` }]);
}

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

async function findCategoryId(em: EntityManager, id: string | null | undefined): Promise<Id | null> {
  if (id === undefined || id === null) return null;
  if (!(await EntryTable.of(em, Category).has(em, toId(id)))) throw new NotFoundError('Category', id);
  return toId(id);
}

/** Each once. @throws NotFoundError naming the first that is not there */
async function findTagIds(em: EntityManager, ids: readonly string[]): Promise<Id[]> {
  if (ids.length === 0) return [];
  const found = await EntryTable.of(em, Tag).idsAmong(em, ids.map(toId));
  const missing = ids.find((id) => !found.has(toId(id)));
  if (missing !== undefined) throw new NotFoundError('Tag', missing);
  return [...found];
}

/** @returns whether that changed anything */
async function replaceTags(em: EntityManager, productId: Id, ids: readonly string[]): Promise<boolean> {
  const after = await findTagIds(em, ids);
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

const linkTags = (em: EntityManager, productId: Id, tagIds: readonly Id[]) =>
  insertLinks(
    em,
    dialectOf(em),
    'product_tags',
    ['product_id', 'tag_id'],
    tagIds.map((tagId) => [productId, tagId]),
  );
