import { wordsOf } from '../../src/shared/search-words.js';
import { foldCase } from '../../src/shared/text.js';

/** A product as the service answers it, with prices in minor units: what the model of its lists works on. */
export interface ModelProduct {
  id: number;
  name: string;
  slug: string;
  description: string | null;
  priceShmeckles: number;
  priceFlurbos: number;
  stock: number;
  rating: number | null;
  isActive: boolean;
  categoryId: number | null;
  tagIds: number[];
  createdAt: string;
  updatedAt: string;
}

export interface ModelCategory {
  id: number;
  name: string;
  slug: string;
  isActive: boolean;
  parentId: number | null;
  createdAt: string;
}

export interface ModelTag {
  id: number;
  name: string;
  slug: string;
  createdAt: string;
}

/** The whole catalogue in memory. */
export interface Model {
  products: ModelProduct[];
  categories: ModelCategory[];
  tags: ModelTag[];
}

type Filter = Record<string, unknown>;
export interface Order {
  field: string;
  direction: 'ASC' | 'DESC';
}

const minorUnits = (amount: string) => Math.round(Number(amount) * 100);
const among = (list: unknown, value: number | string) => (list as string[]).includes(String(value));
const isBetween = (value: number | null, { min, max }: { min?: number; max?: number }) =>
  value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
const isBetweenAmounts = (value: number, { min, max }: { min?: string; max?: string }) =>
  (min === undefined || value >= minorUnits(min)) && (max === undefined || value <= minorUnits(max));
const isWithin = (value: string, { from, to }: { from?: string; to?: string }) =>
  (from === undefined || value >= from) && (to === undefined || value < to);
const holds = (name: string, part: unknown) => foldCase(name).includes(foldCase(part as string));

/** How well a product matches a search: 1 best, 4 worst; undefined where it does not. */
export function rankOf({ name, description }: ModelProduct, search: string): number | undefined {
  const terms = wordsOf(search);
  const named = wordsOf(name);
  const all = [...named, ...wordsOf(description ?? '')];
  const begins = (words: string[]) => (term: string) => words.some((word) => word.startsWith(term));
  // Of "mug mugs" only "mugs" counts: a word that begins with it begins with "mug", too.
  const telling = terms.filter((term) => !terms.some((other) => other !== term && other.startsWith(term)));
  if (terms.length === 0 || !terms.every(begins(all))) return undefined;
  if (telling.every((term) => named.includes(term))) return 1;
  if (terms.every(begins(named))) return 2;
  return telling.some(begins(named)) ? 3 : 4;
}

/** A category and what is above it, from itself up. */
function upwards(model: Model, id: number | null): ModelCategory[] {
  const found = model.categories.find((category) => category.id === id);
  return found ? [found, ...upwards(model, found.parentId)] : [];
}

const isVisible = (model: Model, id: number | null, isStaff: boolean) =>
  upwards(model, id).every(({ isActive }) => isActive || isStaff) && id !== null;

/** Whether a product stands in the category with an id or slug, or below it, as far as the viewer sees. */
function isIn(
  model: Model,
  product: ModelProduct,
  key: 'id' | 'slug',
  value: unknown,
  filter: Filter,
  isStaff: boolean,
) {
  if (!isVisible(model, product.categoryId, isStaff)) return false;
  const [own, ...above] = upwards(model, product.categoryId);
  const considered = filter.includeDescendants === false ? [own] : [own, ...above];
  return considered.some((category) => category && String(category[key]) === value);
}

/** The products that a viewer finds with a filter. */
export function filterProducts(model: Model, filter: Filter, isStaff: boolean): ModelProduct[] {
  const conditions: Record<string, (product: ModelProduct, value: never) => boolean> = {
    ids: ({ id }, ids) => among(ids, id),
    slugs: ({ slug }, slugs) => among(slugs, slug),
    search: (product, search) => rankOf(product, search) !== undefined,
    nameContains: ({ name }, part) => holds(name, part),
    categoryId: (product, id) => isIn(model, product, 'id', id, filter, isStaff),
    categorySlug: (product, slug) => isIn(model, product, 'slug', slug, filter, isStaff),
    uncategorized: ({ categoryId }, wanted) => !isVisible(model, categoryId, isStaff) === wanted,
    tagIds: ({ tagIds }, ids) => tagIds.some((id) => among(ids, id)),
    allTagIds: ({ tagIds }, ids) => (ids as string[]).every((id) => tagIds.includes(Number(id))),
    priceShmeckles: ({ priceShmeckles }, range) => isBetweenAmounts(priceShmeckles, range),
    priceFlurbos: ({ priceFlurbos }, range) => isBetweenAmounts(priceFlurbos, range),
    stock: ({ stock }, range) => isBetween(stock, range),
    inStock: ({ stock }, wanted) => stock > 0 === wanted,
    rating: ({ rating }, range) => Object.keys(range).length === 0 || isBetween(rating, range),
    isActive: ({ isActive }, wanted) => !isStaff || isActive === wanted,
    createdAt: ({ createdAt }, period) => isWithin(createdAt, period),
    updatedAt: ({ updatedAt }, period) => isWithin(updatedAt, period),
    includeDescendants: () => true,
  };
  return model.products.filter((product) => (isStaff || product.isActive) && fulfils(product, filter, conditions));
}

export function filterCategories(model: Model, filter: Filter, isStaff: boolean): ModelCategory[] {
  const conditions: Record<string, (category: ModelCategory, value: never) => boolean> = {
    ids: ({ id }, ids) => among(ids, id),
    slugs: ({ slug }, slugs) => among(slugs, slug),
    nameContains: ({ name }, part) => holds(name, part),
    parentId: ({ parentId }, id) => String(parentId) === id,
    roots: ({ parentId }, wanted) => (parentId === null) === wanted,
    isActive: ({ isActive }, wanted) => !isStaff || isActive === wanted,
  };
  return model.categories.filter(
    (category) => isVisible(model, category.id, isStaff) && fulfils(category, filter, conditions),
  );
}

export function filterTags(model: Model, filter: Filter): ModelTag[] {
  const conditions: Record<string, (tag: ModelTag, value: never) => boolean> = {
    ids: ({ id }, ids) => among(ids, id),
    slugs: ({ slug }, slugs) => among(slugs, slug),
    nameContains: ({ name }, part) => holds(name, part),
  };
  return model.tags.filter((tag) => fulfils(tag, filter, conditions));
}

/** Whether every condition that is given holds; null is none. */
function fulfils<T>(
  entry: T,
  filter: Filter,
  conditions: Record<string, (entry: T, value: never) => boolean>,
): boolean {
  return Object.entries(filter).every(([key, value]) => {
    const condition = conditions[key];
    if (!condition) throw new Error(`The model does not know the filter ${key}.`);
    return value === null || value === undefined || condition(entry, value as never);
  });
}

const KEYS: Record<string, (entry: never) => string | number> = {
  ID: () => 0,
  NAME: ({ name }: ModelTag) => foldCase(name),
  PRICE_SHMECKLES: ({ priceShmeckles }: ModelProduct) => priceShmeckles,
  PRICE_FLURBOS: ({ priceFlurbos }: ModelProduct) => priceFlurbos,
  RATING: ({ rating }: ModelProduct) => rating ?? -1,
  STOCK: ({ stock }: ModelProduct) => stock,
  CREATED_AT: ({ createdAt }: ModelProduct) => createdAt,
  UPDATED_AT: ({ updatedAt }: ModelProduct) => updatedAt,
};

/** Texts by their bytes in UTF-8, as databases do; UTF-16, as JavaScript does, puts emoji elsewhere. */
const compare = (a: string | number, b: string | number) =>
  typeof a === 'string' ? Buffer.compare(Buffer.from(a), Buffer.from(String(b))) : a - Number(b);

/** The ids in the order of the list: by the key and then by id, both in one direction. */
export function sortedIds(
  entries: readonly { id: number }[],
  order: Order | undefined,
  search?: string | null,
): string[] {
  const field = order?.field ?? (typeof search === 'string' ? 'RELEVANCE' : 'ID');
  const ranked = (product: ModelProduct) => rankOf(product, search ?? '') ?? 0;
  const key = (field === 'RELEVANCE' ? ranked : KEYS[field]) as (entry: { id: number }) => string | number;
  const sorted = entries.toSorted((a, b) => compare(key(a), key(b)) || a.id - b.id);
  return (order?.direction === 'DESC' ? sorted.toReversed() : sorted).map(({ id }) => String(id));
}

/** What the products that a filter finds split into. */
export function facetsOf(model: Model, filter: Filter, isStaff: boolean) {
  const without = (...keys: string[]) =>
    filterProducts(model, Object.fromEntries(Object.entries(filter).filter(([key]) => !keys.includes(key))), isStaff);
  const ofCategories = without('categoryId', 'categorySlug', 'includeDescendants', 'uncategorized');
  const ofTags = without('tagIds', 'allTagIds');
  const prices = (key: 'priceShmeckles' | 'priceFlurbos') => {
    const all = without(key).map((product) => product[key]);
    return all.length === 0 ? null : { min: decimal(Math.min(...all)), max: decimal(Math.max(...all)) };
  };
  return {
    categories: mostFirst(
      model.categories.filter(({ id }) => isVisible(model, id, isStaff)),
      (id) => ofCategories.filter(({ categoryId }) => categoryId === id).length,
    ).map(({ id, count }) => ({ category: { id }, count })),
    tags: mostFirst(model.tags, (id) => ofTags.filter(({ tagIds }) => tagIds.includes(id)).length).map(
      ({ id, count }) => ({ tag: { id }, count }),
    ),
    shmeckles: prices('priceShmeckles'),
    flurbos: prices('priceFlurbos'),
    inStock: without('inStock').filter(({ stock }) => stock > 0).length,
  };
}

const decimal = (units: number) => `${Math.floor(units / 100)}.${String(units % 100).padStart(2, '0')}`;

/** The entries that have any, those with most first, then by id. */
function mostFirst(entries: readonly { id: number }[], countOf: (id: number) => number) {
  return entries
    .map(({ id }) => ({ id: String(id), count: countOf(id) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count || Number(a.id) - Number(b.id));
}

/** A category as the tree shows it, to a depth. */
export function treeFieldsOf(model: Model, { id, name }: ModelCategory, isStaff: boolean) {
  const [, ...above] = upwards(model, id);
  const seen = model.categories.filter((category) => isVisible(model, category.id, isStaff));
  const children = seen.filter(({ parentId }) => parentId === id);
  const within = filterProducts(model, { categoryId: String(id) }, isStaff);
  return {
    id: String(id),
    name,
    depth: above.length,
    parent: above[0] ? { id: String(above[0].id) } : null,
    ancestors: above.toReversed().map((category) => ({ id: String(category.id) })),
    children: sortedIds(children, { field: 'NAME', direction: 'ASC' }).map((childId) => ({ id: childId })),
    own: filterProducts(model, { categoryId: String(id), includeDescendants: false }, isStaff).length,
    all: within.length,
    products: {
      totalCount: within.length,
      nodes: sortedIds(within, undefined)
        .slice(0, 20)
        .map((key) => ({ id: key })),
    },
  };
}

/** The ids of the tree in its order: each category behind its parent, siblings by name. */
export function treeOf(model: Model, isStaff: boolean, rootId?: number, maxDepth = Number.POSITIVE_INFINITY): string[] {
  const seen = model.categories.filter((category) => isVisible(model, category.id, isStaff));
  const below = (tops: ModelCategory[], depth: number): string[] =>
    depth > maxDepth
      ? []
      : sortedIds(tops, { field: 'NAME', direction: 'ASC' }).flatMap((id) => [
          id,
          ...below(
            seen.filter(({ parentId }) => String(parentId) === id),
            depth + 1,
          ),
        ]);
  return below(
    seen.filter(({ id, parentId }) => (rootId === undefined ? parentId === null : id === rootId)),
    1,
  );
}
