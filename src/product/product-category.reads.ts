import { sql } from 'kysely';
import { isDescending, productsOfCategory, subtreeIdsWhere } from '../category/category.reads.js';
import type { FieldScope } from '../database/compiler.js';
import { and, type Sql } from '../database/dialect.js';
import type { Param } from '../database/param.js';
import { byId, bySlug, type FilterRead, type IndexedFilter, type Row } from '../database/reads.js';

type IsNamed = (category: Row, value: Param) => Sql;

/** The category that a key names, as a subselect of its id. */
function namedCategory(isNamed: IsNamed, value: Param, scope: FieldScope): Sql {
  const category = scope.newRow();
  const where = and([isNamed(category, value), scope.visible('Category', category)]);
  return sql`select ${category.column('id')} from categories as ${sql.ref(category.alias)} where ${where}`;
}

/** The categories that a filter by a key takes: the one that it names, or those below it, too. */
const categoryIds = (isNamed: IsNamed, value: Param, filter: Param, scope: FieldScope): Sql =>
  isDescending(filter)
    ? subtreeIdsWhere((category) => isNamed(category, value), scope)
    : namedCategory(isNamed, value, scope);

/** Whether a column has one of the categories that a filter takes; of a single one, rows stand in an order of their own in an index. */
const isOfCategory = (key: Sql, ids: Sql, filter: Param, isAmong: (key: Sql, ids: Sql) => Sql): Sql =>
  isDescending(filter) ? isAmong(key, ids) : sql`${key} = (${ids})`;

/** In the category that a key names, or below it. */
export function categoryIs(isNamed: IsNamed): IndexedFilter {
  const within =
    (isAmong: (scope: FieldScope) => (key: Sql, ids: Sql) => Sql): FilterRead =>
    (product, value, scope, filter) =>
      isOfCategory(product.column('category_id'), categoryIds(isNamed, value, filter, scope), filter, isAmong(scope));
  return {
    filter: within(() => (key, ids) => sql`${key} in (${ids})`),
    source: {
      isKept: true,
      find: within(
        ({ dialect }) =>
          (key, ids) =>
            dialect.isAmongFew(key, ids),
      ),
      test: (product, value, scope, filter) =>
        scope.dialect.looked(
          sql`${product.column('category_id')} + 0 in (${categoryIds(isNamed, value, filter, scope)})`,
        ),
      count: (value, scope, whole) =>
        productsOfCategory((category) => isNamed(category, value), isDescending(whole), scope),
    },
  };
}

const CATEGORY_KEYS: Readonly<Record<string, IsNamed>> = { categoryId: byId, categorySlug: bySlug };

/** How a filter names the category that it takes; undefined where it names none. */
export function categoryKeyOf(filter: Param): { value: Param; isNamed: IsNamed } | undefined {
  const [key, isNamed] = Object.entries(CATEGORY_KEYS).find(([name]) => filter.at(name).isGiven) ?? [];
  return key && isNamed ? { value: filter.at(key), isNamed } : undefined;
}

/** Whether the category of a link to a tag is one that the filter takes; undefined where it takes all. */
export function linkedWithin(filter: Param, scope: FieldScope): Sql | undefined {
  const category = categoryKeyOf(filter);
  if (!category) return undefined;
  const ids = categoryIds(category.isNamed, category.value, filter, scope);
  return isOfCategory(sql.ref('category_id'), ids, filter, (key, few) => scope.dialect.isAmongFew(key, few));
}
