import { sql } from 'kysely';
import { isDescending } from '../category/category.reads.js';
import { and, asJson, constant, type Sql } from '../database/dialect.js';
import type { FieldScope } from '../database/compiler.js';
import type { Param } from '../database/param.js';
import {
  activity,
  all,
  boolean,
  byId,
  bySlug,
  chosenBy,
  column,
  entryFields,
  flag,
  float,
  byIndex,
  idIn,
  type IndexedFilter,
  money,
  type NounReads,
  oneBy,
  period,
  range,
  type Row,
  staffOnly,
  textIn,
  toOne,
  toPublic,
} from '../database/reads.js';
import { EventEntity } from '../event/event.entity.js';
import { historyOf } from '../event/event.reads.js';
import { partOf, wordsOf } from '../database/searches.js';
import { categoryIs, categoryKeyOf, linkedWithin } from './product-category.reads.js';
import { productFacets } from './product-facets.reads.js';
import { allProducts, countedProducts, uncategorizedProducts } from './product-counts.js';
import { LARGEST_ID, toId } from '../shared/id.js';
import { Currency } from '../shared/arguments.js';

const categoryId = categoryIs(byId);
const categorySlug = categoryIs(bySlug);

/** Whether the viewer sees no category of it. */
function isUncategorized(key: Sql, scope: FieldScope): Sql {
  const none = sql`${key} is null`;
  if (scope.viewer.isStaff) return none;
  const category = scope.newRow();
  const hidden = sql`select ${category.column('id')} from categories as ${sql.ref(category.alias)} where not ${scope.visible('Category', category)}`;
  return sql`(${none} or ${scope.dialect.isAmongFew(key, hidden)})`;
}

const uncategorized: IndexedFilter = {
  filter: flag((product, scope) => isUncategorized(product.column('category_id'), scope)),
  source: {
    isKept: true,
    test: flag((product, scope) => isUncategorized(scope.dialect.unindexed(product.column('category_id')), scope)),
    count: (value, scope) => (value.isTrue ? uncategorizedProducts(scope) : undefined),
  },
};

const priceShmeckles = byIndex('products', 'price_shmeckles', range('bigint'));
const priceFlurbos = byIndex('products', 'price_flurbos', range('bigint'));
const stock = byIndex('products', 'stock', range('integer'));
const inStock = byIndex('products', 'stock', (units, value) => (value.isTrue ? sql`${units} > 0` : sql`${units} = 0`));
const isActive = activity('products', staffOnly);
const createdAt = byIndex('products', 'created_at', period);
const updatedAt = byIndex('products', 'updated_at', period);

/** By the column that has the index, where what is not rated stands below 0. */
const rating = byIndex('products', 'rating_key', (key, value) => {
  const isWithin = range('float')(key, value);
  return isWithin && and([sql`${key} >= 0`, isWithin]);
});

/** Each id once. One that is no id counts, too: no product bears such a tag. */
const toDistinctIds = (ids: readonly string[]) => [...new Set(ids.map(toId))];

/** By name. */
function tagsOf(product: Row, scope: FieldScope): Sql {
  const tag = scope.newRow();
  const tags = scope.dialect.jsonArrayOf(scope.object(tag), {
    orderBy: sql`${tag.column('name_key')}, ${tag.column('id')}`,
  });
  const links = scope.dialect.linked('product_tags', 'tag_id', 'tags', tag.alias);
  return asJson(sql`(select ${tags} from ${links} where link.product_id = ${product.column('id')})`);
}

const isAmong = (value: Param) => value.map(toDistinctIds).holds(sql.ref('tag_id'), 'integer');

/** With one of some tags. */
const tagIds: IndexedFilter = {
  filter: (row, value, scope, filter) => sql`${row.column('id')} in (${bearing(value, scope, filter)})`,
  source: {
    isKept: true,
    find: (row, value, scope, filter) => scope.dialect.isAmongFew(row.column('id'), bearing(value, scope, filter)),
    test: (row, value, scope, filter) => scope.dialect.looked(scope.dialect.finds(linkOf(row, value, scope, filter))),
    testsKey: true,
    count: (value, scope, filter, most) => {
      const tag = scope.newRow();
      return sql`coalesce((select sum(${tagCount(tag, scope, filter, most)}) from tags as ${sql.ref(tag.alias)} where ${isAmongTags(tag, value)}), 0)`;
    },
  },
};

const bearing = (ids: Param, scope: FieldScope, filter: Param) =>
  sql`select product_id from product_tags where ${and([isAmong(ids), linkedWithin(filter, scope)])}`;

/** The links of a product that is there already to one of some tags. */
function linkOf(row: Row, ids: Param, scope: FieldScope, filter: Param): Sql {
  const id = row.column('id');
  const isOneCategory = categoryKeyOf(filter) && !isDescending(filter);
  // Looked up among the few links of tag and category, which a range tells the planner rather than the whole key would.
  if (isOneCategory) return sql`${bearing(ids, scope, filter)} and product_id between ${id} + 0 and ${id} + 0`;
  return sql`select product_id from product_tags where product_id = ${id} + 0 and ${isAmong(ids)}`;
}

/** With every one of some tags; of none, all are. */
const allTagIds: IndexedFilter = {
  filter: (row, value, scope, filter) => {
    const product = scope.newRow();
    const count = countOf(value);
    const everyone = sql`select ${product.column('id')} from products as ${sql.ref(product.alias)} where ${count} = 0`;
    return sql`${row.column('id')} in (${bearingAll(value, scope, filter)} union all ${everyone})`;
  },
  source: {
    isKept: true,
    // Of none at all are not few.
    find: (row, value, scope, filter) => scope.dialect.isAmongFew(row.column('id'), bearingAll(value, scope, filter)),
    test: (row, value, { dialect }) => {
      const borne = sql`select count(*) from product_tags where product_id = ${row.column('id')} + 0 and ${isAmong(value)}`;
      return dialect.looked(sql`(${borne}) = ${countOf(value)}`);
    },
    testsKey: true,
    count: (value, scope, filter, most) => {
      const tag = scope.newRow();
      const fewest = sql`coalesce(min(${tagCount(tag, scope, filter, most)}), ${constant(LARGEST_ID)})`;
      return sql`(select case when count(*) < ${countOf(value)} then 0 else ${fewest} end from tags as ${sql.ref(tag.alias)} where ${isAmongTags(tag, value)})`;
    },
  },
};

const bearingAll = (ids: Param, scope: FieldScope, filter: Param) =>
  sql`${bearing(ids, scope, filter)} group by product_id having count(*) = ${countOf(ids)}`;
const countOf = (ids: Param) => ids.map((list: string[]) => toDistinctIds(list).length).bind('integer');
const isAmongTags = (tag: Row, ids: Param) => ids.map(toDistinctIds).holds(tag.column('id'), 'integer');

/** How many products have a tag, of those in the category that is asked for: the latter are counted, up to `most`. */
function tagCount(tag: Row, scope: FieldScope, filter: Param, most: Sql): Sql {
  const isWithin = linkedWithin(filter, scope);
  if (!isWithin) return countedProducts('tags', tag, scope);
  return sql`(select count(*) from (select 1 from product_tags where tag_id = ${tag.column('id')} and ${isWithin} limit ${most}) as linked)`;
}

const namePart = partOf('products', 'name_key');
const search = wordsOf('products', 'search_words', 'search');

/** How many products a list has that is filtered by a category alone, by having none, or not at all. */
function total(scope: FieldScope): Sql | undefined {
  const filter = scope.args.at('filter');
  const [key, ...others] = filter.givenKeys.filter((name) => name !== 'includeDescendants');
  if (others.length > 0) return undefined;
  if (key === 'categoryId') return categoryId.source.count(filter.at(key), scope, filter, constant(0));
  if (key === 'categorySlug') return categorySlug.source.count(filter.at(key), scope, filter, constant(0));
  if (key === 'uncategorized' && filter.at(key).isTrue) return uncategorizedProducts(scope);
  return key === undefined ? allProducts(scope) : undefined;
}

export const productReads: NounReads = {
  type: 'Product',
  table: 'products',
  visible: toPublic((row) => row.column('is_active')),
  fields: {
    ...entryFields,
    name: column('name'),
    slug: column('slug'),
    description: column('description'),
    imageUrl: column('image_url'),
    priceShmeckles: money('price_shmeckles'),
    priceFlurbos: money('price_flurbos'),
    history: historyOf(EventEntity.PRODUCT),
    price: chosenBy('currency', {
      [Currency.SHMECKLES]: money('price_shmeckles'),
      [Currency.FLURBOS]: money('price_flurbos'),
    }),
    stock: column('stock'),
    rating: float('rating'),
    isActive: boolean('is_active'),
    category: toOne('category_id'),
    tags: tagsOf,
  },
  filters: {
    ids: idIn('id'),
    slugs: textIn('slug'),
    search: search.filter,
    nameContains: namePart.filter,
    categoryId: categoryId.filter,
    categorySlug: categorySlug.filter,
    uncategorized: uncategorized.filter,
    tagIds: tagIds.filter,
    allTagIds: allTagIds.filter,
    priceShmeckles: priceShmeckles.filter,
    priceFlurbos: priceFlurbos.filter,
    stock: stock.filter,
    inStock: inStock.filter,
    rating: rating.filter,
    isActive: isActive.filter,
    createdAt: createdAt.filter,
    updatedAt: updatedAt.filter,
  },
  // The cheapest to count first: numbers that are kept, then those that are counted.
  sources: {
    categoryId: categoryId.source,
    categorySlug: categorySlug.source,
    tagIds: tagIds.source,
    allTagIds: allTagIds.source,
    uncategorized: uncategorized.source,
    search: search.source,
    nameContains: namePart.source,
    priceShmeckles: priceShmeckles.source,
    priceFlurbos: priceFlurbos.source,
    stock: stock.source,
    inStock: inStock.source,
    rating: rating.source,
    isActive: isActive.source,
    createdAt: createdAt.source,
    updatedAt: updatedAt.source,
  },
  orderedWithin: (order, filter) =>
    !isDescending(filter) && (order === undefined || order === 'price_shmeckles') ? ['categoryId', 'categorySlug'] : [],
  total,
  connectionParts: { facets: productFacets },
  defaultOrder: (filter) => (filter.at('search').isGiven ? 'RELEVANCE' : undefined),
  orders: {
    ID: undefined,
    NAME: { column: 'name_key', type: 'text' },
    PRICE_SHMECKLES: { column: 'price_shmeckles', type: 'bigint' },
    PRICE_FLURBOS: { column: 'price_flurbos', type: 'bigint' },
    RATING: { column: 'rating_key', type: 'float' },
    STOCK: { column: 'stock', type: 'integer' },
    CREATED_AT: { column: 'created_at', type: 'instant' },
    UPDATED_AT: { column: 'updated_at', type: 'instant' },
    RELEVANCE: search.ranking,
  },
  roots: {
    product: oneBy({ id: byId, slug: bySlug }),
    products: all,
  },
};
