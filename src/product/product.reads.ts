import { sql } from 'kysely';
import { subtreeIdsWhere } from '../category/category.reads.js';
import { and, asJson, type Sql } from '../database/dialect.js';
import type { FieldScope } from '../database/compiler.js';
import type { Param } from '../database/param.js';
import {
  all,
  boolean,
  byId,
  bySlug,
  chosenBy,
  column,
  contains,
  entryFields,
  flag,
  float,
  idIn,
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
import { toId } from '../shared/id.js';
import { Currency } from '../shared/arguments.js';

/** In the category that a condition names, or below it. */
function inCategory(product: Row, scope: FieldScope, filter: Param, isNamed: (category: Row) => Sql): Sql {
  const descends = filter.at('includeDescendants');
  if (!descends.isGiven || descends.isTrue)
    return sql`${product.column('category_id')} in (${subtreeIdsWhere(isNamed, scope)})`;
  const category = scope.newRow();
  const where = and([isNamed(category), scope.visible('Category', category)]);
  return sql`${product.column('category_id')} in (select ${category.column('id')} from categories as ${sql.ref(category.alias)} where ${where})`;
}

/** Whether the viewer sees no category of it. */
function isUncategorized(product: Row, scope: FieldScope): Sql {
  const category = scope.newRow();
  const seen = scope.visible('Category', category);
  const none = sql`${product.column('category_id')} is null`;
  if (!seen) return none;
  return sql`(${none} or ${product.column('category_id')} in (select ${category.column('id')} from categories as ${sql.ref(category.alias)} where not ${seen}))`;
}

const taggedWith = (tagIds: Sql) => sql`select product_id from product_tags where ${tagIds}`;

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
    nameContains: contains('name_key'),
    categoryId: (row, value, scope, filter) => inCategory(row, scope, filter, (category) => byId(category, value)),
    categorySlug: (row, value, scope, filter) => inCategory(row, scope, filter, (category) => bySlug(category, value)),
    uncategorized: flag(isUncategorized),
    tagIds: (row, value) =>
      sql`${row.column('id')} in (${taggedWith(value.map(toDistinctIds).holds(sql.ref('tag_id'), 'integer'))})`,
    allTagIds: (row, value) => {
      const ids = value.map(toDistinctIds);
      const borne = sql`select count(*) from product_tags where product_id = ${row.column('id')} and ${ids.holds(sql.ref('tag_id'), 'integer')}`;
      return sql`(${borne}) = ${ids.map((list: number[]) => list.length).bind('integer')}`;
    },
    priceShmeckles: range('price_shmeckles', 'bigint'),
    priceFlurbos: range('price_flurbos', 'bigint'),
    stock: range('stock', 'integer'),
    inStock: flag((row) => sql`${row.column('stock')} > 0`),
    rating: range('rating', 'float'),
    isActive: staffOnly(flag((row) => row.column('is_active'))),
    createdAt: period('created_at'),
    updatedAt: period('updated_at'),
  },
  orders: {
    ID: undefined,
    NAME: { column: 'name_key', type: 'text' },
    PRICE_SHMECKLES: { column: 'price_shmeckles', type: 'bigint' },
    PRICE_FLURBOS: { column: 'price_flurbos', type: 'bigint' },
    RATING: { column: 'rating_key', type: 'float' },
    STOCK: { column: 'stock', type: 'integer' },
    CREATED_AT: { column: 'created_at', type: 'instant' },
    UPDATED_AT: { column: 'updated_at', type: 'instant' },
  },
  roots: {
    product: oneBy({ id: byId, slug: bySlug }),
    products: all,
  },
};
