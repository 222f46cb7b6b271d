import type { EntityManager } from '@mikro-orm/core';
import { foreseenWritesOf } from '../database/foreseen.js';
import type { ForeseenWrite } from '../database/foreseen-writes.js';
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
import { stockFor, TAG_LINKS } from './product.writes.js';

/** What `createProduct` does, unless its slug, its category or a tag is in the way; undefined where the input is. */
export function foreseeNewProduct(em: EntityManager, input: CreateProductInput): ForeseenWrite | undefined {
  const { success, data } = createProductRules.safeParse(input);
  if (!success) return undefined;
  const { categoryId, tagIds, slug, stock, isActive, ...fields } = data;
  const category = typeof categoryId === 'string' ? toId(categoryId) : null;
  const tags = [...new Set((tagIds ?? []).map(toId))];
  if (category === NO_ID || tags.includes(NO_ID)) return undefined;
  const row = { ...fields, slug: slug ?? toSlug(fields.name), category, stock: stock ?? 0, isActive: isActive ?? true };
  return foreseenWritesOf(em, Product).insert(em, row, {
    ...TAG_LINKS,
    ids: tags,
    copied: { category_id: category },
  });
}

/**
 * What `updateProduct` does, unless nothing changes, its slug or its category is in the way, or somebody else changes it;
 * undefined where tags are given, or what is searched follows from something that is not.
 */
export function foreseeChangedProduct(
  em: EntityManager,
  id: string,
  input: UpdateProductInput,
  expectedVersion?: number | null,
): ForeseenWrite | undefined {
  const { success, data } = updateProductRules.safeParse(input);
  if (!success || data.tagIds !== undefined) return undefined;
  const { categoryId, ...others } = data;
  const category = typeof categoryId === 'string' ? toId(categoryId) : categoryId;
  const fields = withoutUndefined({ ...others, category });
  const derived = derivedFrom(fields);
  if (!derived || category === NO_ID || Object.keys(fields).length === 0) return undefined;
  return foreseenWritesOf(em, Product).update(em, toId(id), fields, derived, expectedVersion);
}

/** The fields that follow from others; undefined where they follow from one that is not there, too. */
function derivedFrom(fields: object): string[] | undefined {
  const isNamed = 'name' in fields;
  if (isNamed !== 'description' in fields) return undefined;
  return [...(isNamed ? NAMED : []), ...('rating' in fields ? RATED : [])];
}

const NAMED = ['nameKey', 'searchWords'] as const;
const RATED = ['ratingKey'] as const;

/** What `adjustStock` does, unless there is too little or too much, or somebody else changes it; undefined where nothing is added. */
export function foreseeStock(em: EntityManager, id: string, delta: number): ForeseenWrite | undefined {
  return delta === 0 ? undefined : foreseenWritesOf(em, Product).add(toId(id), 'stock', delta, stockFor(delta));
}
