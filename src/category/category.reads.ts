import { sql } from 'kysely';
import { asJson, constant, type Sql } from '../database/dialect.js';
import type { FieldScope } from '../database/compiler.js';
import {
  all,
  boolean,
  byId,
  bySlug,
  column,
  entryFields,
  type FieldRead,
  flag,
  id,
  idIn,
  idIs,
  type NounReads,
  oneBy,
  type Row,
  staffOnly,
  textIn,
  toMany,
  toOne,
  toPublic,
} from '../database/reads.js';
import type { Param } from '../database/param.js';
import { partOf } from '../database/searches.js';
import { BadUserInputError } from '../errors.js';
import { countedProducts } from '../product/product-counts.js';
import { toId } from '../shared/id.js';

const byName = (row: Row): Sql[] => [row.column('name_key'), row.column('id')];

/** What the public sees: categories that are active below ancestors that all are. */
const visible = (row: Row) => sql`${row.column('is_visible')}`;

/** The range of ancestor paths that stand below a category; see category-tree.ts. */
function isBelow(row: Row, ancestor: Row): Sql {
  const path = sql`${ancestor.column('ancestor_path')} || ${ancestor.column('id')}`;
  return sql`${row.column('ancestor_path')} >= ${path} || '/' and ${row.column('ancestor_path')} < ${path} || '0'`;
}

/** The ids of a category and of all below it that the viewer may see, as a subselect. */
function subtreeIds(category: Row, scope: FieldScope): Sql {
  const below = scope.newRow();
  const seen = scope.viewer.isStaff ? sql`` : sql` and ${visible(below)}`;
  return sql`select ${category.column('id')} union all select ${below.column('id')} from categories as ${sql.ref(below.alias)} where ${isBelow(below, category)}${seen}`;
}

/** The same for the category that a condition names, rather than one that stands in the statement already. */
export function subtreeIdsWhere(where: (category: Row) => Sql, scope: FieldScope): Sql {
  const category = scope.newRow();
  const below = scope.newRow();
  const from = sql`categories as ${sql.ref(category.alias)}`;
  const named = scope.viewer.isStaff ? where(category) : sql`${where(category)} and ${visible(category)}`;
  const seen = scope.viewer.isStaff ? sql`` : sql` and ${visible(below)}`;
  return sql`select ${category.column('id')} from ${from} where ${named} union all select ${below.column('id')} from ${from} join categories as ${sql.ref(below.alias)} on ${isBelow(below, category)}${seen} where ${named}`;
}

/** Products in the category and in those below it that the viewer may see. */
function productsWithin(category: Row, scope: FieldScope): Sql {
  const below = scope.newRow();
  const seen = scope.viewer.isStaff ? sql`` : sql` and ${visible(below)}`;
  const sum = sql`select sum(${countedProducts('categories', below, scope)}) from categories as ${sql.ref(below.alias)} where ${isBelow(below, category)}${seen}`;
  return sql`(${countedProducts('categories', category, scope)} + coalesce((${sum}), 0))`;
}

/** How many products a category that a condition names has, with those below it or without; 0 where the viewer sees none. */
export function productsOfCategory(where: (category: Row) => Sql, descends: boolean, scope: FieldScope): Sql {
  const category = scope.newRow();
  const seen = scope.viewer.isStaff ? sql`` : sql` and ${visible(category)}`;
  const count = descends ? productsWithin(category, scope) : countedProducts('categories', category, scope);
  return sql`coalesce((select ${count} from categories as ${sql.ref(category.alias)} where ${where(category)}${seen}), 0)`;
}

/** Whether a filter of products takes the categories below, too. */
export const isDescending = (filter: Param): boolean => {
  const descends = filter.at('includeDescendants');
  return !descends.isGiven || descends.isTrue;
};

const productsOf: FieldRead = (category, scope) => {
  const ids = subtreeIds(category, scope);
  return isDescending(scope.args.at('filter'))
    ? scope.connection({
        where: (product) => sql`${product.column('category_id')} in (${ids})`,
        find: (product) => scope.dialect.isAmongFew(product.column('category_id'), ids),
        test: (product) => scope.dialect.looked(sql`${product.column('category_id')} + 0 in (${ids})`),
        count: productsWithin(category, scope),
      })
    : scope.connection({
        where: (product) => sql`${product.column('category_id')} = ${category.column('id')}`,
        count: countedProducts('categories', category, scope),
      });
};

/** What sorts behind every sibling's name: no name has a control character. */
const SEPARATOR = constant('\u0001');

function assertDepth(maxDepth: number | null | undefined): void {
  if (typeof maxDepth === 'number' && maxDepth < 1)
    throw new BadUserInputError([{ path: 'maxDepth', message: 'must be 1 or more' }]);
}

/**
 * The tree as a flat list: a walk down from the roots that builds, for each category, the text by which it stands
 * behind its parent and among its siblings by name.
 */
function categoryTree(scope: FieldScope): Sql {
  const { args, dialect } = scope;
  const [root, child, category] = [scope.newRow(), scope.newRow(), scope.newRow()];
  const position = (row: Row) =>
    sql`${row.column('name_key')} || ${SEPARATOR} || (10000000000 + ${row.column('id')}) || ${SEPARATOR}`;
  const seen = (row: Row) => (scope.viewer.isStaff ? sql`` : sql` and ${visible(row)}`);
  const rootId = args.at('rootId');
  const isRoot = rootId.isGiven
    ? sql`${root.column('id')} = ${rootId.map(toId).bind('integer')}`
    : sql`${root.column('parent_id')} is null`;
  const maxDepth = args.at('maxDepth');
  scope.check((bindings) => assertDepth(maxDepth.read(bindings) as number | null | undefined));
  const isNear = maxDepth.isGiven ? sql` and walk.level < ${maxDepth.bind('integer')}` : sql``;
  const object = dialect.jsonArrayOf(scope.object(category), { orderBy: sql`walk.position` });
  return asJson(sql`(with recursive walk(id, position, level) as (
    select ${root.column('id')}, ${position(root)}, 1 from categories as ${sql.ref(root.alias)} where ${isRoot}${seen(root)}
    union all
    select ${child.column('id')}, walk.position || ${position(child)}, walk.level + 1
    from walk join categories as ${sql.ref(child.alias)} on ${child.column('parent_id')} = walk.id${seen(child)}${isNear}
  ) select ${object} from walk join categories as ${sql.ref(category.alias)} on ${category.column('id')} = walk.id)`);
}

const namePart = partOf('categories', 'name_key');

export const categoryReads: NounReads = {
  type: 'Category',
  table: 'categories',
  visible: toPublic(visible),
  fields: {
    ...entryFields,
    name: column('name'),
    slug: column('slug'),
    isActive: boolean('is_active'),
    parentId: id('parent_id'),
    parent: toOne('parent_id'),
    children: toMany((category, child) => sql`${child.column('parent_id')} = ${category.column('id')}`, byName),
    ancestors: toMany(
      (category, ancestor, { dialect }) =>
        sql`${ancestor.column('id')} in (${dialect.idsInPath(category.column('ancestor_path'))})`,
      (ancestor) => [sql`length(${ancestor.column('ancestor_path')})`],
    ),
    depth: (row) =>
      sql`length(${row.column('ancestor_path')}) - length(replace(${row.column('ancestor_path')}, '/', '')) - 1`,
    productCount: (category, scope) =>
      scope.args.at('includeDescendants').isTrue
        ? productsWithin(category, scope)
        : countedProducts('categories', category, scope),
    products: productsOf,
  },
  filters: {
    ids: idIn('id'),
    slugs: textIn('slug'),
    nameContains: namePart.filter,
    parentId: idIs('parent_id'),
    roots: flag((row) => sql`${row.column('parent_id')} is null`),
    isActive: staffOnly(flag((row) => row.column('is_active'))),
  },
  sources: { nameContains: namePart.source },
  orders: {
    ID: undefined,
    NAME: { column: 'name_key', type: 'text' },
    CREATED_AT: { column: 'created_at', type: 'instant' },
  },
  roots: {
    category: oneBy({ id: byId, slug: bySlug }),
    categories: all,
    categoryTree,
  },
};
