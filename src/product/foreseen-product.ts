import type { EntityManager } from '@mikro-orm/core';
import { type ForeseenWrite, ForeseenWrites } from '../database/foreseen-writes.js';
import { NO_ID, toId } from '../shared/id.js';
import { withoutUndefined } from '../shared/input-rules.js';
import { toSlug } from '../shared/slug.js';
import { Product } from './product.entity.js';
import {
  type CreateProductInput,
  createProductRules,
  type UpdateProductInput,
  updateProductRules,
} from './product.inputs.js';
import { TAG_LINKS } from './product.writes.js';

/** What `createProduct` does, unless its slug, its category or a tag is in the way; undefined where the input is. */
export function foreseeNewProduct(em: EntityManager, input: CreateProductInput): ForeseenWrite | undefined {
  const { success, data } = createProductRules.safeParse(input);
  if (!success) return undefined;
  const { categoryId, tagIds, slug, stock, isActive, ...fields } = data;
  const category = typeof categoryId === 'string' ? toId(categoryId) : null;
  const tags = [...new Set((tagIds ?? []).map(toId))];
  if (category === NO_ID || tags.includes(NO_ID)) return undefined;
  const row = { ...fields, slug: slug ?? toSlug(fields.name), category, stock: stock ?? 0, isActive: isActive ?? true };
  return ForeseenWrites.of(em, Product).insert(em, row, { ...TAG_LINKS, ids: tags });
}

/** Fields that nothing else follows from, and that nothing else can be in the way of. */
const PLAIN_FIELDS: ReadonlySet<string> = new Set<keyof UpdateProductInput>([
  'imageUrl',
  'priceShmeckles',
  'priceFlurbos',
  'stock',
  'isActive',
]);

/** What `updateProduct` does, unless nothing changes or somebody else changes it; undefined where more than plain fields is given. */
export function foreseeChangedProduct(
  em: EntityManager,
  id: string,
  input: UpdateProductInput,
  expectedVersion?: number | null,
): ForeseenWrite | undefined {
  const { success, data } = updateProductRules.safeParse(input);
  const fields = success ? withoutUndefined(data) : {};
  const names = Object.keys(fields);
  if (names.length === 0 || !names.every((name) => PLAIN_FIELDS.has(name))) return undefined;
  return ForeseenWrites.of(em, Product).update(toId(id), fields, expectedVersion);
}
