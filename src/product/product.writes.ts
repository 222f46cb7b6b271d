import { type EntityManager, raw, ref } from '@mikro-orm/core';
import { Category } from '../category/category.entity.js';
import { findTakenSlugs, flush, getForUpdate, slugTaken } from '../database/unit-of-work.js';
import { BadUserInputError, NotFoundError, OutOfStockError } from '../errors.js';
import { type Id, toId } from '../shared/id.js';
import { validate, withoutUndefined } from '../shared/input-rules.js';
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
export async function createProduct(em: EntityManager, input: CreateProductInput): Promise<Product> {
  const { categoryId, tagIds, slug, stock, isActive, ...fields } = validate(createProductRules, input);
  const product = em.create(Product, {
    ...fields,
    description: fields.description ?? null,
    imageUrl: fields.imageUrl ?? null,
    rating: fields.rating ?? null,
    stock: stock ?? 0,
    isActive: isActive ?? true,
    slug: slug ?? (await findFreeSlug(toSlug(fields.name), findTakenSlugs(em, Product))),
    category: await findCategory(em, categoryId),
    tags: await findTags(em, tagIds ?? []),
  });
  await flush(em, { products_slug_unique: slugTaken(product.slug, !slug) });
  return product;
}

/** @throws NotFoundError for a category or tag that is not there; ConflictError for a slug that is taken */
export async function updateProduct(
  em: EntityManager,
  id: string,
  input: UpdateProductInput,
  expectedVersion?: number,
): Promise<Product> {
  const { categoryId, tagIds, ...fields } = validate(updateProductRules, input);
  const product = await getForUpdate(em, Product, id, expectedVersion);
  em.assign(product, withoutUndefined(fields));
  if (categoryId !== undefined) {
    const category = await findCategory(em, categoryId);
    product.category = category && ref(category);
  }
  if (tagIds !== undefined) await replaceTags(em, product, tagIds ?? []);
  await flush(em, { products_slug_unique: slugTaken(product.slug, false) });
  return product;
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

async function findCategory(em: EntityManager, id: string | null | undefined): Promise<Category | null> {
  if (id === undefined || id === null) return null;
  const category = await em.findOne(Category, { id: toId(id) });
  if (!category) throw new NotFoundError('Category', id);
  return category;
}

/** @throws NotFoundError naming the first that is not there */
async function findTags(em: EntityManager, ids: readonly string[]): Promise<Tag[]> {
  if (ids.length === 0) return [];
  const tags = await em.find(Tag, { id: { $in: ids.map(toId) } });
  const found = new Set(tags.map(({ id }) => id));
  const missing = ids.find((id) => !found.has(toId(id)));
  if (missing !== undefined) throw new NotFoundError('Tag', missing);
  return tags;
}

async function replaceTags(em: EntityManager, product: Product, ids: readonly string[]): Promise<void> {
  const tags = await findTags(em, ids);
  await product.tags.init();
  const before = new Set(product.tags.getIdentifiers('id'));
  if (before.size === tags.length && tags.every(({ id }) => before.has(id))) return;
  product.tags.set(tags);
  // The link table alone would change: the product's own version must count it.
  product.updatedAt = new Date();
}
